#include "elements.hpp"

#include "row_hasher.hpp"

namespace dedup {
CalendarNames::CalendarNames(const nb::object& constants)
    : first_tokens_(constants_of<u64>(constants, "first_tokens")),
      tokens_(constants_of<u64>(constants, "tokens")),
      offsets_(constants_of<std::size_t>(constants, "ends")),
      placeholder_(constant<std::string>(constants, "number_placeholder")),
      placeholder_hash_(constant<u64>(constants, "placeholder_hash")),
      word_weight_(constant<u8>(constants, "word_weight")),
      weight_mask_(constant<u8>(constants, "weight")),
      max_name_distance_(constant<std::size_t>(constants, "max_name_distance")) {
    if (offsets_.size() != first_tokens_.size() + 1 || offsets_.back() > tokens_.size() ||
        !std::is_sorted(offsets_.begin(), offsets_.end()) ||
        !std::is_sorted(first_tokens_.begin(), first_tokens_.end()))
        throw nb::value_error("calendar_names: not as many as their tokens, or in another order");
    for (const u64 first : first_tokens_) may_begin_[first % FILTER_BITS] = true;
}

std::size_t CalendarNames::name_at(std::span<const u64> hashes) const {
    const u64 first = hashes[0];
    if (!may_begin_[first % FILTER_BITS]) return 0;
    std::size_t longest = 0;
    const auto found = std::lower_bound(first_tokens_.begin(), first_tokens_.end(), first);
    for (auto row = static_cast<std::size_t>(found - first_tokens_.begin());
         row < first_tokens_.size() && first_tokens_[row] == first; ++row) {
        const std::size_t start = offsets_[row], length = offsets_[row + 1] - start;
        if (length > longest && length <= hashes.size() &&
            std::equal(tokens_.data() + start, tokens_.data() + start + length, hashes.data()))
            longest = length;
    }
    return longest;
}

void write_ngrams(std::span<const u64> hashes, std::size_t size, std::vector<u64>& ngrams) {
    ngrams.clear();
    for (std::size_t place = 0; place + size <= hashes.size(); ++place) {
        u64 value = 0;
        for (std::size_t at = place; at < place + size; ++at) value = mix(value + hashes[at]);
        ngrams.push_back(value);
    }
}

void ElementReader::read(const Texts& texts, i64 row, Elements& elements) {
    elements.row = row;
    mask_numbers(texts, row, elements);
    const std::size_t count = tokens_of(elements.masked_text(texts, false), 0).size();
    // A number may be one token with the letters around it. With its placeholder it becomes three.
    elements.min_tokens = static_cast<i64>(count) - 2 * static_cast<i64>(numbers_.size());
    u64* tokens = tokens_.data();
    u8* weights = weights_.data();
    is_number_.assign(count, 0);
    std::size_t number = 0;
    for (std::size_t place = 0; place < count; ++place) {
        weights[place] = weights[place] ? weights[place] & names_.weight_mask_ : names_.word_weight_;
        if (tokens[place] != names_.placeholder_hash_ || number == numbers_.size()) continue;
        tokens[place] = numbers_[number++];
        is_number_[place] = 1;
    }
    gather(count, elements);
}

std::span<const u64> ElementReader::tokens_of(const Texts& texts, i64 row) {
    const auto room = static_cast<std::size_t>(texts.offsets[row + 1] - texts.offsets[row]) + 1;
    i64 ends[2];
    u64 *hashes = scratch_memory(tokens_, room), *scratch = scratch_memory(scratch_, room);
    const i64 count = kernels_in_use().hash_tokens(texts, row, row + 1, hashes, scratch, ends,
                                                   scratch_memory(weights_, room));
    return {tokens_.data(), static_cast<std::size_t>(count)};
}

// Replaces the numbers of a row by placeholders.
void ElementReader::mask_numbers(const Texts& texts, i64 row, Elements& elements) {
    numbers_.clear();
    NumberScan scan(marks_, texts, row);
    std::vector<u8>& buffer = elements.masked_buffer;
    buffer.clear();
    i64 place = texts.offsets[row];
    for (Number number{}; scan.next(number); place = number.stop) {
        buffer.insert(buffer.end(), texts.utf8 + place, texts.utf8 + number.start);
        buffer.insert(buffer.end(), names_.placeholder_.begin(), names_.placeholder_.end());
        numbers_.push_back(number.value);
    }
    const i64 stop = texts.offsets[row + 1];
    if (numbers_.empty()) {
        elements.masked = {texts.utf8, texts.size};
        elements.masked_edges = {place, stop};
        return;
    }
    buffer.insert(buffer.end(), texts.utf8 + place, texts.utf8 + stop);
    elements.masked_edges = {0, std::ssize(buffer)};
    buffer.resize(buffer.size() + TEXT_PADDING);
    elements.masked = buffer;
}

// Writes the tokens as elements; a name beside a number becomes one element.
void ElementReader::gather(std::size_t count, Elements& elements) const {
    elements.hashes.clear(), elements.weights.clear(), elements.is_number.clear(), elements.number_hashes.clear();
    elements.hashes.reserve(count), elements.weights.reserve(count), elements.is_number.reserve(count);
    const u64* tokens = tokens_.data();
    const u8* weights = weights_.data();
    i64 total = 0;
    const auto add = [&](u64 hash, u8 weight, bool is_number) {
        elements.hashes.push_back(hash), elements.weights.push_back(weight), elements.is_number.push_back(is_number);
        if (is_number) elements.number_hashes.push_back(hash);
        total += weight;
    };
    const auto number_within = [&](std::size_t start, std::size_t stop) {
        const auto flags = is_number_.begin();
        return std::any_of(flags + static_cast<i64>(start), flags + static_cast<i64>(stop), [](u8 is) { return is; });
    };
    for (std::size_t place = 0; place < count;) {
        const std::size_t length = numbers_.empty() ? 0 : names_.name_at({tokens + place, count - place});
        const std::size_t nearby = place - std::min(place, names_.max_name_distance_), behind = place + length;
        if (length && (number_within(nearby, place) ||
                       number_within(behind, std::min(behind + names_.max_name_distance_, count)))) {
            u64 name = 0;
            for (; place < behind; ++place) name = mix(name + tokens[place]);
            add(name, names_.word_weight_, true);
        } else {
            add(tokens[place], weights[place], is_number_[place]);
            ++place;
        }
    }
    elements.total_weight = total;
}

void bind_elements(nb::module_& m) {
    nb::class_<CalendarNames>(m, "CalendarNames").def(nb::init<nb::object>(), "constants"_a);
}
}  // namespace dedup
