// The rule by which near copies stay, with all its settings: matching/numeric_variants.py.
#pragma once
#include <memory>

#include "elements.hpp"
#include "numbers.hpp"
#include "pair_rule.hpp"

namespace dedup {
// The constants of matching/numeric_variants.py, and what follows from a Config.
struct VariantSettings {
    bool keeps;        // whether numeric variants stay
    i64 least;         // a row of fewer tokens does if it has one that its witness lacks
    double scattered;  // what a stretch of a long witness must have of the shingles of a row, or 0
    i64 few_changed, most_figures, place_thirds, half_place, fewer_places, more_changed, longer_per_cent, brief_thirds,
        other_places, word_places, wrong_letters, place_most_thirds, skeleton, noisy_thirds, spaced_thirds,
        spaced_count, times_as_long, stretch;
    std::size_t ngram, ngram_unspaced;
    double whole;
};

// The rule of some settings and a seed, for any texts. It holds no texts, and does not change: threads
// may share it.
class RuleHolder {
   public:
    // From an object as matching.native_rule makes it.
    explicit RuleHolder(const nb::object& settings);
    const VariantSettings& settings() const { return settings_; }
    const NumberSigns& signs() const { return signs_; }
    const Names& names() const { return names_; }

   private:
    VariantSettings settings_;
    std::vector<nb::object> held_;
    const NumberSigns& signs_;
    const Names& names_;
};

// The rule for some texts, with its own memory: one a thread. The holder and the arrays of the texts
// must outlive it. Nothing here calls Python: the lock of the interpreter may be released.
std::unique_ptr<PairRule> make_pair_rule(const RuleHolder& holder, const Texts& texts);
}  // namespace dedup
