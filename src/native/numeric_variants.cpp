// The rule of numeric variants: matching/numeric_variants.py.
#include "numeric_variants.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
// Writes a hash of each so many elements in a row.
void grams(std::span<const u64> hashes, std::size_t size, std::vector<u64>& found) {
    found.clear();
    for (std::size_t place = 0; place + size <= hashes.size(); ++place) {
        u64 value = 0;
        for (std::size_t at = place; at < place + size; ++at) value = mix(value + hashes[at]);
        found.push_back(value);
    }
}

void find_places(const Elements& elements, const std::vector<u8>& uncovered, std::vector<Place>& places) {
    places.clear();
    const std::vector<u64>& hashes = elements.hashes;
    const std::size_t count = hashes.size();
    for (std::size_t place = 0; place < count; ++place) {
        if (!uncovered[place]) continue;
        const u64 before = place ? hashes[place - 1] : 0;
        Place found{};
        for (; place < count && uncovered[place]; ++place) {
            found.thirds += elements.thirds[place];
            if (elements.is_figure[place]) found.figures = mix(found.figures + hashes[place]);
        }
        found.neighbours = mix(mix(before) + (place < count ? hashes[place] : 0));
        places.push_back(found);
    }
}

// The rule for held texts, as Python asks it.
class TextsRule {
   public:
    TextsRule(const RuleHolder& holder, const TextsHolder& texts)
        : texts_(texts), rule_(holder, texts.texts()) {}
    bool spares(i64 row, i64 witness, double similarity) {
        check(row), check(witness);
        return rule_.spares(row, witness, similarity);
    }
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure) {
        check(row), check(witness);
        return rule_.is_numeric_variant(row, witness, similarity, any_figure);
    }

   private:
    void check(i64 row) const {
        if (row < 0 || row >= texts_.rows()) throw nb::index_error("row: beyond the texts");
    }

    const TextsHolder& texts_;
    PairRule rule_;
};
}  // namespace

bool PairRule::spares(i64 row, i64 witness, double similarity) {
    if (!rule_.keeps) return false;
    if (similarity < rule_.whole && rule_.scattered > 0 && is_scattered(row, witness)) return true;
    if (similarity == 1 && !has_other_numbers(row, witness)) return false;
    const Elements& own = elements_of(row, witness);
    const Elements& others = elements_of(witness, row);
    return has_few_other_tokens(own, others) || is_variant_of(own, others);
}

bool PairRule::is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure) {
    if (similarity == 1 && !has_other_numbers(row, witness)) return false;
    const Elements& own = elements_of(row, witness);
    const Elements& others = elements_of(witness, row);
    return any_figure ? lacking(own.figures, others.figures) > 0 : is_variant_of(own, others);
}

// The elements of a row, which stay until several others were read; those of the used row stay, too.
const Elements& PairRule::elements_of(i64 row, i64 used) {
    for (const Elements& elements : remembered_)
        if (elements.row == row) return elements;
    if (remembered_[oldest_].row == used) oldest_ = (oldest_ + 1) % REMEMBERED;
    Elements& elements = remembered_[oldest_];
    oldest_ = (oldest_ + 1) % REMEMBERED;
    reader_.read(texts_, row, elements);
    return elements;
}

// Tells whether a row is too short to tell, and has a word that the witness lacks.
bool PairRule::has_few_other_tokens(const Elements& copy, const Elements& witness) {
    if (copy.least_tokens >= rule_.least && !texts_.characters) return false;
    const std::span<const u64> tokens = reader_.tokens_of(texts_, copy.row);
    if (static_cast<i64>(tokens.size()) >= rule_.least) return false;
    if (!texts_.characters) return lacking(copy.hashes, witness.hashes) > 0;
    values_.assign(tokens.begin(), tokens.end());
    return lacking(values_, reader_.tokens_of(texts_, witness.row)) > 0;
}

// Tells whether what a long witness has of a row lies all over it.
bool PairRule::is_scattered(i64 row, i64 witness) {
    const i64 size = texts_.offsets[row + 1] - texts_.offsets[row];
    if (texts_.offsets[witness + 1] - texts_.offsets[witness] < rule_.times_as_long * size) return false;
    const i64 tokens = hash_piece(row);
    if (tokens < texts_.ngram_size) return false;
    const i64 shingles = shingles_in(tokens, texts_.ngram_size);
    counter_.clear(static_cast<std::size_t>(shingles));
    u32 count = 0;  // of the shingles of the row, each of which has a number from 1 on
    for (i64 place = 0; place < shingles; ++place) {
        u32& number = counter_[shingles_.data()[place]];
        if (number == 0) number = ++count;
    }
    const i64 others = hash_piece(witness) - texts_.ngram_size + 1, width = rule_.stretch * tokens;
    const double least = rule_.scattered * count;
    numbers_.clear();  // of the shingle of the row that begins at each token, or 0
    counts_.assign(count + 1, 0);
    i64 inside = 0;
    for (i64 place = 0; place < others; ++place) {
        if (place >= width) {
            const u32 left = numbers_[static_cast<std::size_t>(place - width)];
            if (left) inside -= --counts_[left] == 0;
        }
        const u32* number = counter_.find(shingles_.data()[place]);
        numbers_.push_back(number ? *number : 0);
        if (!number) continue;
        inside += counts_[*number]++ == 0;
        if (static_cast<double>(inside) >= least) return false;
    }
    return true;
}

// Hashes the tokens and shingles of a row; returns how many tokens there are.
i64 PairRule::hash_piece(i64 row) {
    const i64 size = texts_.offsets[row + 1] - texts_.offsets[row] + texts_.ngram_size + 1;
    const auto room = static_cast<std::size_t>(size);
    i64 ends[2];
    kernels_in_use().hash_piece(texts_, row, row + 1, {room_in(tokens_, room), room_in(shingles_, room), ends});
    return ends[1];
}

// Tells whether a row has a number that another lacks.
bool PairRule::has_other_numbers(i64 row, i64 witness) {
    const auto read = [this](i64 some, std::vector<u64>& values) {
        NumberScan scan(holder_.signs(), texts_, some);
        values.clear();
        for (Number number{}; scan.next(number);) values.push_back(number.value);
        return !values.empty();
    };
    if (!read(row, values_)) return false;
    read(witness, other_values_);
    return has_new_word(values_, other_values_);
}

bool PairRule::is_variant_of(const Elements& copy, const Elements& witness) {
    const VariantSettings& r = rule_;
    const i64 own = copy.total_thirds, other = witness.total_thirds;
    const auto count = static_cast<i64>(copy.figures.size());
    const bool is_brief = own <= r.brief_thirds, is_noisy = texts_.characters && own > r.noisy_thirds;
    // The single figure of a brief may be the witness's.
    if (is_noisy || (count == 0 && !(is_brief && !witness.figures.empty()))) return false;
    i64 missing = lacking(copy.figures, witness.figures);
    if (!is_brief && r.few_changed * missing <= count) return false;
    const Replaced places = replaced_places(copy, witness);
    i64 own_words = places.uncovered;
    if (is_brief) {
        missing = std::max(missing, places.of_figures);
        own_words = lacking(copy.hashes, witness.hashes);
        const bool one = own == other && own_words == 1 && places.all == 1 && places.with_figures == 1;
        if (one && places.of_figures == 1) return true;
        if (one && has_new_word(copy.hashes, witness.hashes) && has_new_word(witness.hashes, copy.hashes)) return true;
    }
    if (places.of_figures == 0 || r.other_places * places.of_figures < places.all) return false;
    if (r.few_changed * missing <= count) return false;
    if (r.skeleton * own_words > static_cast<i64>(copy.hashes.size())) return false;
    if (are_scans(copy, witness, places.all - places.with_figures)) return false;
    if (missing >= r.most_figures && 2 * missing > count) return true;
    if (2 * r.place_thirds * places.all < r.half_place * r.place_thirds + 2 * own) return false;
    const bool is_update = !is_brief && 100 * other > r.longer_per_cent * own;
    return places.all >= r.fewer_places || (!is_update && r.more_changed * missing > count);
}

// Tells whether some have a value that others have not.
bool PairRule::has_new_word(std::span<const u64> some, std::span<const u64> others) {
    counter_.clear(others.size());
    for (const u64 value : others) counter_[value] = 1;
    return std::any_of(some.begin(), some.end(), [&](u64 value) { return !counter_.find(value); });
}

// Tells whether the replaced words are spelled much like what replaces them.
bool PairRule::are_scans(const Elements& copy, const Elements& witness, i64 words) {
    if (words < rule_.word_places || !is_spaced(copy)) return false;
    const auto pairs_of = [&](const Elements& elements, std::vector<u64>& pairs) {
        grams(reader_.tokens_of(elements.cut_text(texts_, true), 0), 2, pairs);
    };
    pairs_of(copy, values_);
    pairs_of(witness, other_values_);
    return lacking(values_, other_values_) < rule_.wrong_letters * words;
}

bool PairRule::is_spaced(const Elements& elements) const {
    return rule_.spaced[1] * elements.total_thirds >= rule_.spaced[0] * static_cast<i64>(elements.hashes.size());
}

// Counts the values that others have not as often.
i64 PairRule::lacking(std::span<const u64> some, std::span<const u64> others) {
    counter_.clear(others.size());
    for (const u64 value : others) ++counter_[value];
    i64 missing = 0;
    for (const u64 value : some) {
        u32* left = counter_.find(value);
        if (left && *left)
            --*left;
        else
            ++missing;
    }
    return missing;
}

// Notes which elements of either text lie in no n-gram that the other one has.
void PairRule::find_uncovered(const Elements& copy, const Elements& witness) {
    enum : u32 { OF_COPY = 1, OF_BOTH = 2 };
    std::size_t size = is_spaced(copy) ? rule_.ngram : rule_.ngram_unspaced;
    if (std::min(copy.hashes.size(), witness.hashes.size()) < size) size = 1;
    grams(copy.hashes, size, values_);
    grams(witness.hashes, size, other_values_);
    counter_.clear(values_.size());
    for (const u64 value : values_) counter_[value] = OF_COPY;
    const auto cover = [size](std::vector<u8>& uncovered, std::size_t place) {
        std::fill_n(uncovered.begin() + static_cast<i64>(place), size, u8{0});
    };
    other_uncovered_.assign(witness.hashes.size(), 1);
    for (std::size_t place = 0; place < other_values_.size(); ++place) {
        u32* owner = counter_.find(other_values_[place]);
        if (!owner) continue;
        *owner = OF_BOTH;
        cover(other_uncovered_, place);
    }
    uncovered_.assign(copy.hashes.size(), 1);
    for (std::size_t place = 0; place < values_.size(); ++place)
        if (counter_[values_[place]] == OF_BOTH) cover(uncovered_, place);
}

// Counts the places where a witness has something else.
Replaced PairRule::replaced_places(const Elements& copy, const Elements& witness) {
    find_uncovered(copy, witness);
    find_places(copy, uncovered_, places_);
    find_places(witness, other_uncovered_, other_places_);
    // The places of the witness with the same neighbours, the first one first, each with the next one.
    counter_.clear(other_places_.size());
    behind_.resize(other_places_.size());
    for (std::size_t place = other_places_.size(); place > 0; --place) {
        u32& first = counter_[other_places_[place - 1].neighbours];
        behind_[place - 1] = first;
        first = static_cast<u32>(place);
    }
    Replaced found{0, std::count(uncovered_.begin(), uncovered_.end(), u8{1}), 0, 0};
    for (const Place& place : places_) {
        u32* first = counter_.find(place.neighbours);
        if (!first || *first == 0) continue;
        const Place& other = other_places_[*first - 1];
        *first = behind_[*first - 1];
        if (std::max(place.thirds, other.thirds) > rule_.place_most_thirds) continue;
        const bool differs = place.figures != other.figures;
        ++found.all;
        found.with_figures += differs;
        found.of_figures += differs && place.figures && other.figures;
    }
    return found;
}

RuleHolder::RuleHolder(const nb::object& settings)
    : settings_{settings},
      held_{settings.attr("signs"), settings.attr("names")},
      signs_(nb::cast<const NumberSigns&>(held_[0])),
      names_(nb::cast<const Names&>(held_[1])) {
    if (settings_.spaced.size() != 2) throw nb::value_error("spaced_thirds: not two numbers");
    if (settings_.ngram < 1 || settings_.ngram_unspaced < 1) throw nb::value_error("ngram: not 1 at least");
}

void bind_numeric_variants(nb::module_& m) {
    nb::class_<RuleHolder>(m, "PairRule").def(nb::init<nb::object>(), "settings"_a);
    nb::class_<TextsRule>(m, "TextsRule")
        .def(nb::init<const RuleHolder&, const TextsHolder&>(), "rule"_a, "texts"_a, nb::keep_alive<1, 2>(),
             nb::keep_alive<1, 3>())
        .def("spares", &TextsRule::spares, "row"_a, "witness"_a, "similarity"_a)
        .def("is_numeric_variant", &TextsRule::is_numeric_variant, "row"_a, "witness"_a, "similarity"_a,
             "any_figure"_a);
}
}  // namespace dedup
