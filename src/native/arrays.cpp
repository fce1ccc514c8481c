// What is checked where arrays come in: sizes, ranges and order.
#include "arrays.hpp"

namespace dedup {
namespace {
// As in meaning.inl.
constexpr std::size_t DIRECT = 0x3100, BASIC = 0x10000, PLACES = 1024, PAGES = 0x110000 >> 7, KINDS = 7;

template <class T>
Array<T> array_from(const nb::object& given, const char* name) {
    Array<T> array;
    if (!nb::try_cast(given, array, false)) throw nb::type_error((std::string(name) + ": not such an array").c_str());
    return array;
}
}  // namespace

i64 check_offsets(const Array<i64>& offsets, std::size_t size) {
    if (offsets.shape(0) == 0) throw nb::value_error("offsets: there is none");
    const i64 *first = offsets.data(), *last = first + offsets.shape(0) - 1;
    if (*first < 0 || *last > static_cast<i64>(size)) throw nb::value_error("offsets: beyond the text");
    if (!std::is_sorted(first, last + 1)) throw nb::value_error("offsets: not ascending");
    return last - first;
}

void check_numbers(const Array<i64>& numbers, i64 count, const char* name) {
    const i64* first = numbers.data();
    if (!std::all_of(first, first + numbers.shape(0), [count](i64 number) { return 0 <= number && number < count; }))
        throw nb::index_error((std::string(name) + ": beyond the rows").c_str());
}

template <class T>
const T* AlphabetHolder::take(const nb::object& tables, const char* name, std::size_t least) {
    const nb::object given = tables.attr(name);
    const auto array = array_from<T>(given, name);
    if (array.shape(0) < least) throw nb::value_error((std::string(name) + ": too few values").c_str());
    held_.push_back(given);
    return array.data();
}

AlphabetHolder::AlphabetHolder(const nb::object& tables) {
    Alphabet& a = alphabet_;
    a.direct_base = take<u8>(tables, "direct_base", DIRECT);
    a.direct_sum = take<u64>(tables, "direct_sum", DIRECT);
    a.kind_of = take<u8>(tables, "kind_of", BASIC);
    a.factors = take<u64>(tables, "factors", PLACES);
    a.page_of = take<u32>(tables, "page_of", PAGES);
    const u32 last_page = *std::max_element(a.page_of, a.page_of + PAGES);
    const std::size_t codes = (std::size_t{last_page} + 1) << 7;
    a.kinds = take<u8>(tables, "kinds", codes);
    a.sequence = take<u32>(tables, "sequence", codes);
    const std::size_t sequences = *std::max_element(a.sequence, a.sequence + codes);
    a.sequence_base = take<u8>(tables, "sequence_base", sequences);
    a.sequence_sum = take<u64>(tables, "sequence_sum", sequences);
    a.sequence_kind = take<u8>(tables, "sequence_kind", sequences);
    a.sequence_offsets = take<u32>(tables, "sequence_offsets", sequences + 1);
    a.sequence_codes = take<u32>(tables, "sequence_codes", a.sequence_offsets[sequences]);
    a.weights = take<u8>(tables, "weights", KINDS);
    const auto number = [&](const char* name) { return nb::cast<u64>(nb::int_(nb::object(tables.attr(name)))); };
    a.character_key = number("character_key");
    a.position_key = number("position_key");
    a.token_key = number("token_key");
}

TextsHolder::TextsHolder(const nb::object& utf8, const nb::object& offsets, const nb::object& alphabet,
                         const nb::object& places, bool characters)
    : held_{utf8, offsets, alphabet, places} {
    const auto bytes = array_from<u8>(utf8, "utf8");
    const auto edges = array_from<i64>(offsets, "offsets");
    const auto factors = array_from<u64>(places, "places");
    rows_ = check_offsets(edges, bytes.shape(0));
    if (factors.shape(0) == 0) throw nb::value_error("places: there is none");
    texts_ = {bytes.data(),
              bytes.shape(0),
              edges.data(),
              &nb::cast<const AlphabetHolder&>(alphabet).alphabet(),
              factors.data(),
              static_cast<i64>(factors.shape(0)),
              characters};
}

void TextsHolder::check(i64 first, i64 last) const {
    if (first < 0 || first > last || last > rows_) throw nb::index_error("rows: beyond the texts");
}
}  // namespace dedup
