// Numeric variants, and the pair rule: dedup/matching/numeric_variants.py and pair_rule.py.
#include "numeric_variants.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
void find_places(const Elements& elements, const std::vector<u8>& uncovered, std::vector<Place>& places) {
    places.clear();
    const std::vector<u64>& hashes = elements.hashes;
    const std::size_t count = hashes.size();
    for (std::size_t place = 0; place < count; ++place) {
        if (!uncovered[place]) continue;
        const u64 before = place ? hashes[place - 1] : 0;
        Place found{};
        for (; place < count && uncovered[place]; ++place) {
            found.weight += elements.weights[place];
            if (elements.is_number[place]) found.numbers = mix(found.numbers + hashes[place]);
        }
        found.neighbours = mix(mix(before) + (place < count ? hashes[place] : 0));
        places.push_back(found);
    }
}

// The rule for texts of Python, which checks its arguments.
class CheckedPairRule {
   public:
    CheckedPairRule(const PairRuleSettings& settings, const TextsHolder& texts)
        : texts_(texts), rule_(settings, texts) {}
    bool exempts(i64 row, i64 witness, double similarity) {
        check(row), check(witness);
        return rule_.exempts(row, witness, similarity);
    }
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_number) {
        check(row), check(witness);
        return rule_.is_numeric_variant(row, witness, similarity, any_number);
    }

   private:
    void check(i64 row) const {
        if (row < 0 || row >= texts_.rows()) throw nb::index_error("row: beyond the texts");
    }

    const TextsHolder& texts_;
    PairRule rule_;
};
}  // namespace

bool PairRule::exempts(i64 row, i64 witness, double similarity) {
    return (rule_.keep_variants && exempts_by_words(row, witness, similarity)) ||
           (page_rule_.keep_variants && exempts_by_lines(row, witness));
}

bool PairRule::exempts_by_words(i64 row, i64 witness, double similarity) {
    const bool is_part = similarity < rule_.max_scattered_similarity && rule_.dense_share > 0;
    if (is_part && is_scattered(row, witness)) return true;
    if (similarity == 1 && !has_other_numbers(row, witness)) return false;
    const Elements& copy = elements_of(row, witness);
    const Elements& kept = elements_of(witness, row);
    return is_too_short(copy, kept) || is_variant_of(copy, kept);
}

bool PairRule::exempts_by_lines(i64 row, i64 witness) {
    const PageLines& copy = lines_of(row, witness);
    return !copy.hashes.empty() && pages_.is_page_variant(copy, lines_of(witness, row));
}

bool PairRule::is_numeric_variant(i64 row, i64 witness, double similarity, bool any_number) {
    if (similarity == 1 && !has_other_numbers(row, witness)) return false;
    const Elements& copy = elements_of(row, witness);
    const Elements& kept = elements_of(witness, row);
    return any_number ? lacking_in(copy.number_hashes, kept.number_hashes) > 0 : is_variant_of(copy, kept);
}

// Returns a row. It stays in the cache until several other rows are read, and so does `other_row`.
PairRule::CachedRow& PairRule::cached_row(i64 row, i64 other_row) {
    for (CachedRow& cached : cache_)
        if (cached.row == row) return cached;
    if (cache_[oldest_].row == other_row) oldest_ = (oldest_ + 1) % CACHED_ROWS;
    CachedRow& cached = cache_[oldest_];
    oldest_ = (oldest_ + 1) % CACHED_ROWS;
    cached.row = -1;  // if it cannot be read
    cached.text = cached.reader.read(row), cached.has_elements = cached.has_lines = false;
    cached.row = row;
    return cached;
}

// Returns the elements of a row, which stay in the cache like the row.
const Elements& PairRule::elements_of(i64 row, i64 other_row) {
    CachedRow& cached = cached_row(row, other_row);
    if (!cached.has_elements) reader_.read(cached.text, 0, cached.elements);
    cached.has_elements = true, cached.elements.row = row;
    return cached.elements;
}

// Returns the lines of a row, which stay in the cache like the row.
const PageLines& PairRule::lines_of(i64 row, i64 other_row) {
    CachedRow& cached = cached_row(row, other_row);
    if (!cached.has_lines) pages_.read(cached.text, cached.lines);
    cached.has_lines = true;
    return cached.lines;
}

// Tells whether a row is too short to tell, and has an element that the witness lacks.
bool PairRule::is_too_short(const Elements& copy, const Elements& witness) {
    if (copy.min_tokens >= rule_.least_tokens && !texts_.characters) return false;
    const std::span<const u64> tokens = reader_.tokens_of(cached_row(copy.row, witness.row).text, 0);
    if (static_cast<i64>(tokens.size()) >= rule_.least_tokens) return false;
    if (!texts_.characters) return lacking_in(copy.hashes, witness.hashes) > 0;
    values_.assign(tokens.begin(), tokens.end());
    return lacking_in(values_, reader_.tokens_of(cached_row(witness.row, copy.row).text, 0)) > 0;
}

// Tells whether the shingles of a row are scattered over a long witness.
bool PairRule::is_scattered(i64 row, i64 witness) {
    const i64 size = texts_.offsets[row + 1] - texts_.offsets[row];
    if (texts_.offsets[witness + 1] - texts_.offsets[witness] < rule_.min_scatter_ratio * size) return false;
    const i64 tokens = hash_row(cached_row(row, witness).text);
    if (tokens < texts_.ngram_size) return false;
    const i64 shingles = shingles_in(tokens, texts_.ngram_size);
    counter_.clear(static_cast<std::size_t>(shingles));
    u32 count = 0;  // of the shingles of the row; each gets a number from 1 on
    for (i64 place = 0; place < shingles; ++place) {
        u32& number = counter_[shingles_.data()[place]];
        if (number == 0) number = ++count;
    }
    const i64 witness_shingles = hash_row(cached_row(witness, row).text) - texts_.ngram_size + 1, width = rule_.scatter_window * tokens;
    const double dense = rule_.dense_share * count;
    numbers_.clear();  // by place in the witness: the number of its shingle, 0 if the row lacks it
    counts_.assign(count + 1, 0);
    i64 inside = 0;  // different shingles of the row in the window
    for (i64 place = 0; place < witness_shingles; ++place) {
        if (place >= width) {
            const u32 left = numbers_[static_cast<std::size_t>(place - width)];
            if (left) inside -= --counts_[left] == 0;
        }
        const u32* number = counter_.find(shingles_.data()[place]);
        numbers_.push_back(number ? *number : 0);
        if (!number) continue;
        inside += counts_[*number]++ == 0;
        if (static_cast<double>(inside) >= dense) return false;
    }
    return true;
}

// Hashes the tokens and shingles of a row; returns the number of tokens.
i64 PairRule::hash_row(const Texts& text) {
    const i64 size = text.offsets[1] - text.offsets[0] + text.ngram_size + 1;
    const auto room = static_cast<std::size_t>(size);
    i64 ends[2];
    kernels_in_use().hash_batch(text, 0, 1,
                                {scratch_memory(tokens_, room), scratch_memory(shingles_, room), ends});
    return ends[1];
}

// Tells whether a row has a number that the witness lacks.
bool PairRule::has_other_numbers(i64 row, i64 witness) {
    const auto read = [this](const CachedRow& cached, std::vector<u64>& values) {
        NumberScan scan(marks_, cached.text, 0);
        values.clear();
        for (Number number{}; scan.next(number);) values.push_back(number.value);
        return !values.empty();
    };
    if (!read(cached_row(row, witness), values_)) return false;
    read(cached_row(witness, row), other_values_);
    return has_new_value(values_, other_values_);
}

bool PairRule::is_variant_of(const Elements& copy, const Elements& witness) {
    const VariantSettings& r = rule_;
    const i64 length = copy.total_weight, witness_length = witness.total_weight;
    const auto count = static_cast<i64>(copy.number_hashes.size());
    const bool is_brief = length <= r.brief_weight, is_noisy = texts_.characters && length > r.max_weight_by_letters;
    // The witness may have the only number of a brief.
    if (is_noisy || (count == 0 && !(is_brief && !witness.number_hashes.empty()))) return false;
    i64 changed = lacking_in(copy.number_hashes, witness.number_hashes);
    if (!is_brief && r.numbers_per_correction * changed <= count) return false;
    const ReplacedPlaces places = replaced_places(copy, witness);
    i64 own_elements = places.uncovered;
    if (is_brief) {
        changed = std::max(changed, places.of_numbers);
        own_elements = lacking_in(copy.hashes, witness.hashes);
        const bool one_place = places.total == 1 && places.with_numbers == 1;
        const bool is_quotation = length == witness_length && own_elements == 1 && one_place;
        if (is_quotation && places.of_numbers == 1) return true;
        if (is_quotation && has_new_value(copy.hashes, witness.hashes) && has_new_value(witness.hashes, copy.hashes))
            return true;
    }
    if (places.of_numbers == 0 || r.places_per_number_place * places.of_numbers < places.total) return false;
    if (r.numbers_per_correction * changed <= count) return false;
    if (r.elements_per_change * own_elements > static_cast<i64>(copy.hashes.size())) return false;
    if (are_scans(copy, witness, places.total - places.with_numbers)) return false;
    if (changed >= r.min_majority && 2 * changed > count) return true;
    if (2 * r.weight_per_place * places.total < r.base_half_places * r.weight_per_place + 2 * length) return false;
    const bool is_update = !is_brief && 100 * witness_length > r.update_length_per_cent * length;
    return places.total >= r.min_places || (!is_update && r.numbers_per_change * changed > count);
}

// Tells whether there is a value that the other ones lack.
bool PairRule::has_new_value(std::span<const u64> values, std::span<const u64> other_values) {
    counter_.clear(other_values.size());
    for (const u64 value : other_values) counter_[value] = 1;
    return std::any_of(values.begin(), values.end(), [&](u64 value) { return !counter_.find(value); });
}

// Tells whether the replaced words are spelled much like what replaces them.
bool PairRule::are_scans(const Elements& copy, const Elements& witness, i64 word_places) {
    if (word_places < rule_.min_scan_places || !is_spaced(copy)) return false;
    const auto pairs_of = [&](const Elements& elements, std::vector<u64>& pairs) {
        write_ngrams(reader_.tokens_of(elements.masked_text(texts_, true), 0), 2, pairs);
    };
    pairs_of(copy, values_);
    pairs_of(witness, other_values_);
    return lacking_in(values_, other_values_) < rule_.letter_pairs_per_scan_place * word_places;
}

bool PairRule::is_spaced(const Elements& elements) const {
    const auto count = static_cast<i64>(elements.hashes.size());
    return rule_.spaced_weight[1] * elements.total_weight >= rule_.spaced_weight[0] * count;
}

// Counts the values that the other ones do not have as often.
i64 PairRule::lacking_in(std::span<const u64> values, std::span<const u64> other_values) {
    counter_.clear(other_values.size());
    for (const u64 value : other_values) ++counter_[value];
    i64 lacking = 0;
    for (const u64 value : values) {
        u32* left = counter_.find(value);
        if (left && *left)
            --*left;
        else
            ++lacking;
    }
    return lacking;
}

// Finds the elements of both texts that lie in no n-gram that the other text has.
void PairRule::find_uncovered(const Elements& copy, const Elements& witness) {
    enum : u32 { IN_COPY = 1, IN_BOTH = 2 };
    std::size_t size = is_spaced(copy) ? rule_.spaced_ngram : rule_.unspaced_ngram;
    if (std::min(copy.hashes.size(), witness.hashes.size()) < size) size = 1;
    write_ngrams(copy.hashes, size, values_);
    write_ngrams(witness.hashes, size, other_values_);
    counter_.clear(values_.size());
    for (const u64 value : values_) counter_[value] = IN_COPY;
    const auto cover = [size](std::vector<u8>& uncovered, std::size_t place) {
        std::fill_n(uncovered.begin() + static_cast<i64>(place), size, u8{0});
    };
    other_uncovered_.assign(witness.hashes.size(), 1);
    for (std::size_t place = 0; place < other_values_.size(); ++place) {
        u32* owner = counter_.find(other_values_[place]);
        if (!owner) continue;
        *owner = IN_BOTH;
        cover(other_uncovered_, place);
    }
    uncovered_.assign(copy.hashes.size(), 1);
    for (std::size_t place = 0; place < values_.size(); ++place)
        if (counter_[values_[place]] == IN_BOTH) cover(uncovered_, place);
}

// Counts the places where a witness has something else.
ReplacedPlaces PairRule::replaced_places(const Elements& copy, const Elements& witness) {
    find_uncovered(copy, witness);
    find_places(copy, uncovered_, places_);
    find_places(witness, other_uncovered_, other_places_);
    // A list of the places of the witness for each pair of neighbours, the first place first. Places are numbered from
    // 1 on.
    counter_.clear(other_places_.size());
    next_place_.resize(other_places_.size());
    for (std::size_t place = other_places_.size(); place > 0; --place) {
        u32& first = counter_[other_places_[place - 1].neighbours];
        next_place_[place - 1] = first;
        first = static_cast<u32>(place);
    }
    ReplacedPlaces found{0, std::count(uncovered_.begin(), uncovered_.end(), u8{1}), 0, 0};
    for (const Place& place : places_) {
        u32* first = counter_.find(place.neighbours);
        if (!first || *first == 0) continue;
        const Place& replacement = other_places_[*first - 1];
        *first = next_place_[*first - 1];
        if (std::max(place.weight, replacement.weight) > rule_.max_place_weight) continue;
        const bool differs = place.numbers != replacement.numbers;
        ++found.total;
        found.with_numbers += differs;
        found.of_numbers += differs && place.numbers && replacement.numbers;
    }
    return found;
}

PairRuleSettings::PairRuleSettings(const nb::object& settings)
    : settings_{settings},
      page_settings_{nb::object(settings.attr("page_variants"))},
      held_{settings.attr("number_marks"), settings.attr("calendar_names")},
      marks_(nb::cast<const NumberMarks&>(held_[0])),
      names_(nb::cast<const CalendarNames&>(held_[1])) {
    if (settings_.spaced_weight.size() != 2) throw nb::value_error("spaced_weight: not two numbers");
    if (settings_.spaced_ngram < 1 || settings_.unspaced_ngram < 1 || page_settings_.own_ngram < 1)
        throw nb::value_error("spaced_ngram, unspaced_ngram, own_ngram: less than 1");
    if (page_settings_.url_mark.empty()) throw nb::value_error("url_mark: empty");
}

void bind_numeric_variants(nb::module_& m) {
    nb::class_<PairRuleSettings>(m, "PairRuleSettings").def(nb::init<nb::object>(), "settings"_a);
    nb::class_<CheckedPairRule>(m, "PairRule")
        .def(nb::init<const PairRuleSettings&, const TextsHolder&>(), "settings"_a, "texts"_a, nb::keep_alive<1, 2>(),
             nb::keep_alive<1, 3>())
        .def("exempts", &CheckedPairRule::exempts, "row"_a, "witness"_a, "similarity"_a)
        .def("is_numeric_variant", &CheckedPairRule::is_numeric_variant, "row"_a, "witness"_a, "similarity"_a,
             "any_number"_a);
}
}  // namespace dedup
