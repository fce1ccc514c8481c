// Checks of arrays that Python passes: sizes, ranges and order.
#include "arrays.hpp"

#include <limits>

#include "characters.hpp"

namespace dedup {
std::vector<std::string> strings_of(const nb::list& list) {
    std::vector<std::string> strings;
    for (const nb::handle string : list) strings.push_back(nb::cast<std::string>(string));
    return strings;
}

i64 check_offsets(std::span<const i64> offsets, std::size_t size, const char* name) {
    const auto refuse = [name](const char* why) { throw nb::value_error((std::string(name) + why).c_str()); };
    if (offsets.empty()) refuse(": empty");
    if (offsets.front() < 0 || offsets.back() > static_cast<i64>(size)) refuse(": beyond the values");
    if (!std::is_sorted(offsets.begin(), offsets.end())) refuse(": not ascending");
    return static_cast<i64>(offsets.size()) - 1;
}

void check_range(i64 first, i64 last, i64 count) {
    if (first < 0 || first > last || last > count) throw nb::index_error("rows: beyond the texts");
}

void check_numbers(std::span<const i64> numbers, i64 count, const char* name) {
    if (!std::all_of(numbers.begin(), numbers.end(), [count](i64 number) { return 0 <= number && number < count; }))
        throw nb::index_error((std::string(name) + ": beyond the rows").c_str());
}

AlphabetHolder::AlphabetHolder(const nb::object& tables) {
    Alphabet& a = alphabet_;
    const auto take = [&]<class T>(const T*& values, const char* name, std::size_t least) {
        values = held_.hold_attribute<const T>(tables, name, least).data();
    };
    take(a.direct_base, "direct_base", DIRECT_CODES);
    take(a.direct_sum, "direct_sum", DIRECT_CODES);
    take(a.kind_of, "kind_of", BASIC_PLANE_CODES);
    take(a.factors, "factors", MAX_POSITION);
    constexpr std::size_t PAGES = (LAST_CODE >> PAGE_BITS) + 1;
    take(a.page_of, "page_of", PAGES);
    const u32 last_page = *std::max_element(a.page_of, a.page_of + PAGES);
    const std::size_t codes = (std::size_t{last_page} + 1) << PAGE_BITS;
    take(a.kinds, "kinds", codes);
    take(a.sequence, "sequence", codes);
    const std::size_t sequences = *std::max_element(a.sequence, a.sequence + codes);
    take(a.sequence_base, "sequence_base", sequences);
    take(a.sequence_sum, "sequence_sum", sequences);
    take(a.sequence_kind, "sequence_kind", sequences);
    take(a.sequence_offsets, "sequence_offsets", sequences + 1);
    if (!std::is_sorted(a.sequence_offsets, a.sequence_offsets + sequences + 1))
        throw nb::value_error("sequence_offsets: not ascending");
    take(a.sequence_codes, "sequence_codes", a.sequence_offsets[sequences]);
    take(a.weights, "weights", SEVERAL);
    const auto number = [&](const char* name) { return nb::cast<u64>(nb::int_(constant<nb::object>(tables, name))); };
    a.character_key = number("character_key");
    a.position_key = number("position_key");
    a.token_key = number("token_key");
}

TextsHolder::TextsHolder(const nb::object& utf8, const nb::object& offsets, const nb::object& alphabet,
                         const nb::object& shingle_factors, bool characters, const nb::object& source) {
    const auto bytes = held_.hold<const u8>(utf8, "utf8");
    const auto edges = held_.hold<const i64>(offsets, "offsets");
    const auto factors = held_.hold<const u64>(shingle_factors, "shingle_factors", 1);
    held_.keep(alphabet);
    if (!source.is_none()) {
        held_.keep(source);
        source_ = &nb::cast<const RowSource&>(source);
    }
    rows_ = check_offsets(edges, source_ ? std::numeric_limits<i64>::max() : bytes.size());
    texts_ = {bytes.data(),
              bytes.size(),
              edges.data(),
              &nb::cast<const AlphabetHolder&>(alphabet).alphabet(),
              factors.data(),
              static_cast<i64>(factors.size()),
              characters};
}
}  // namespace dedup
