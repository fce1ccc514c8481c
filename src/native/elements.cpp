#include "elements.hpp"

#include "workshop.hpp"

namespace dedup {
Names::Names(const nb::object& constants)
    : firsts_(constants_of<u64>(constants, "firsts")),
      tokens_(constants_of<u64>(constants, "tokens")),
      offsets_(constants_of<std::size_t>(constants, "ends")),
      stand_in_(constant<std::string>(constants, "stand_in")),
      stand_in_hash_(constant<u64>(constants, "stand_in_hash")),
      word_thirds_(constant<u8>(constants, "word_thirds")),
      weight_(constant<u8>(constants, "weight")),
      beside_(constant<std::size_t>(constants, "beside")) {
    if (offsets_.size() != firsts_.size() + 1 || offsets_.back() > tokens_.size() ||
        !std::is_sorted(offsets_.begin(), offsets_.end()) || !std::is_sorted(firsts_.begin(), firsts_.end()))
        throw nb::value_error("names: not as many as their tokens, or in another order");
    for (const u64 first : firsts_) may_begin_[first % FILTER] = true;
}

std::size_t Names::name_at(std::span<const u64> hashes) const {
    const u64 first = hashes[0];
    if (!may_begin_[first % FILTER]) return 0;
    std::size_t longest = 0;
    const auto found = std::lower_bound(firsts_.begin(), firsts_.end(), first);
    for (auto row = static_cast<std::size_t>(found - firsts_.begin()); row < firsts_.size() && firsts_[row] == first;
         ++row) {
        const std::size_t start = offsets_[row], length = offsets_[row + 1] - start;
        if (length > longest && length <= hashes.size() &&
            std::equal(tokens_.data() + start, tokens_.data() + start + length, hashes.data()))
            longest = length;
    }
    return longest;
}

void ElementReader::read(const Texts& texts, i64 row, Elements& elements) {
    elements.row = row;
    cut(texts, row, elements);
    const std::size_t count = tokens_of(elements.cut_text(texts, false), 0).size();
    // A number may be a token with a letter before and behind it, and becomes three.
    elements.least_tokens = static_cast<i64>(count) - 2 * static_cast<i64>(numbers_.size());
    u64* tokens = tokens_.data();
    u8* thirds = thirds_.data();
    is_number_.assign(count, 0);
    std::size_t number = 0;
    for (std::size_t place = 0; place < count; ++place) {
        thirds[place] = thirds[place] ? thirds[place] & names_.weight_ : names_.word_thirds_;
        if (tokens[place] != names_.stand_in_hash_ || number == numbers_.size()) continue;
        tokens[place] = numbers_[number++];
        is_number_[place] = 1;
    }
    gather(count, elements);
}

std::span<const u64> ElementReader::tokens_of(const Texts& texts, i64 row) {
    const auto room = static_cast<std::size_t>(texts.offsets[row + 1] - texts.offsets[row]) + 1;
    i64 ends[2];
    const i64 count = kernels_in_use().hash_tokens(texts, row, row + 1, room_in(tokens_, room), room_in(seconds_, room),
                                                   ends, room_in(thirds_, room));
    return {tokens_.data(), static_cast<std::size_t>(count)};
}

// Cuts the numbers out of a row.
void ElementReader::cut(const Texts& texts, i64 row, Elements& elements) {
    numbers_.clear();
    NumberScan scan(signs_, texts, row);
    std::vector<u8>& buffer = elements.cut_buffer;
    buffer.clear();
    i64 place = texts.offsets[row];
    for (Number number{}; scan.next(number); place = number.stop) {
        buffer.insert(buffer.end(), texts.utf8 + place, texts.utf8 + number.start);
        buffer.insert(buffer.end(), names_.stand_in_.begin(), names_.stand_in_.end());
        numbers_.push_back(number.value);
    }
    const i64 stop = texts.offsets[row + 1];
    if (numbers_.empty()) {
        elements.cut = {texts.utf8, texts.size};
        elements.cut_edges = {place, stop};
        return;
    }
    buffer.insert(buffer.end(), texts.utf8 + place, texts.utf8 + stop);
    elements.cut_edges = {0, std::ssize(buffer)};
    constexpr std::size_t PADDING = 80;  // zeros behind the text, so that the scan reads all of it in blocks
    buffer.resize(buffer.size() + PADDING);
    elements.cut = buffer;
}

// Writes the tokens as elements, and each name beside a number as one.
void ElementReader::gather(std::size_t count, Elements& elements) const {
    elements.hashes.clear(), elements.thirds.clear(), elements.is_figure.clear(), elements.figures.clear();
    elements.hashes.reserve(count), elements.thirds.reserve(count), elements.is_figure.reserve(count);
    const u64* tokens = tokens_.data();
    const u8* thirds = thirds_.data();
    i64 total = 0;
    const auto add = [&](u64 hash, u8 weight, bool is_figure) {
        elements.hashes.push_back(hash), elements.thirds.push_back(weight), elements.is_figure.push_back(is_figure);
        if (is_figure) elements.figures.push_back(hash);
        total += weight;
    };
    const auto number_within = [&](std::size_t start, std::size_t stop) {
        const auto flags = is_number_.begin();
        return std::any_of(flags + static_cast<i64>(start), flags + static_cast<i64>(stop), [](u8 is) { return is; });
    };
    for (std::size_t place = 0; place < count;) {
        const std::size_t length = numbers_.empty() ? 0 : names_.name_at({tokens + place, count - place});
        const std::size_t near = place - std::min(place, names_.beside_), behind = place + length;
        if (length && (number_within(near, place) ||
                       number_within(behind, std::min(behind + names_.beside_, count)))) {
            u64 name = 0;
            for (; place < behind; ++place) name = mix(name + tokens[place]);
            add(name, names_.word_thirds_, true);
        } else {
            add(tokens[place], thirds[place], is_number_[place]);
            ++place;
        }
    }
    elements.total_thirds = total;
}

void bind_elements(nb::module_& m) { nb::class_<Names>(m, "Names").def(nb::init<nb::object>(), "constants"_a); }
}  // namespace dedup
