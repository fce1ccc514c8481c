// The rule by which near copies stay, with all its settings: matching/numeric_variants.py.
#pragma once
#include "counter.hpp"
#include "elements.hpp"
#include "numbers.hpp"

namespace dedup {
// The constants of matching/numeric_variants.py, and what follows from a Config.
struct VariantSettings {
    nb::handle given;
    bool keeps = constant<bool>(given, "keeps");  // whether numeric variants stay
    i64 least = number("least");  // a row of fewer tokens does if it has one that its witness lacks
    // What a stretch of a long witness must have of the shingles of a row, or 0.
    double scattered = constant<double>(given, "scattered");
    i64 few_changed = number("few_changed"), most_figures = number("most_figures");
    i64 place_thirds = number("thirds") * number("place_words"), half_place = number("half_place");
    i64 fewer_places = number("fewer_places"), more_changed = number("more_changed");
    i64 longer_per_cent = number("longer_per_cent"), brief_thirds = number("thirds") * number("brief_words");
    i64 other_places = number("other_places"), word_places = number("word_places");
    i64 wrong_letters = number("wrong_letters");
    i64 place_most_thirds = number("thirds") * number("place_most_words"), skeleton = number("skeleton");
    i64 noisy_thirds = number("thirds") * number("noisy_words");
    std::vector<i64> spaced = constants_of<i64>(given, "spaced_thirds");  // so many thirds of so many elements
    i64 times_as_long = number("times_as_long"), stretch = number("stretch");
    std::size_t ngram = constant<std::size_t>(given, "ngram");
    std::size_t ngram_unspaced = constant<std::size_t>(given, "ngram_unspaced");
    double whole = constant<double>(given, "whole");

    i64 number(const char* name) const { return constant<i64>(given, name); }
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

// A run of elements of a text that another one lacks.
struct Place {
    u64 neighbours;  // a hash of the elements before and behind it
    i64 thirds;
    u64 figures;  // a hash of its figures in their order, 0 for none
};

// How many places of a copy are replaced in a witness.
struct Replaced {
    i64 all, uncovered, of_figures, with_figures;
};

// The rule for some texts, with its own memory: one a thread. The holder and the arrays of the texts
// must outlive it. Nothing here calls Python: the lock of the interpreter may be released.
class PairRule {
   public:
    PairRule(const RuleHolder& holder, const Texts& texts)
        : holder_(holder), rule_(holder.settings()), texts_(texts), reader_(holder.signs(), holder.names()) {}
    // Tells whether a row stays though it is similar to a witness that is no exact copy.
    bool spares(i64 row, i64 witness, double similarity);
    // Tells the same of a block of a text and another block of it, perhaps by any figure that the other lacks.
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure);

   private:
    static constexpr std::size_t REMEMBERED = 8;  // rows: many are asked of again, but not for long

    const Elements& elements_of(i64 row, i64 used);
    bool is_scattered(i64 row, i64 witness);
    i64 hash_piece(i64 row);
    bool has_other_numbers(i64 row, i64 witness);
    bool has_few_other_tokens(const Elements& copy, const Elements& witness);
    bool is_variant_of(const Elements& copy, const Elements& witness);
    bool has_new_word(std::span<const u64> some, std::span<const u64> others);
    bool are_scans(const Elements& copy, const Elements& witness, i64 words);
    bool is_spaced(const Elements& elements) const;
    i64 lacking(std::span<const u64> some, std::span<const u64> others);
    Replaced replaced_places(const Elements& copy, const Elements& witness);
    void find_uncovered(const Elements& copy, const Elements& witness);

    const RuleHolder& holder_;
    const VariantSettings& rule_;
    Texts texts_;
    ElementReader reader_;
    std::array<Elements, REMEMBERED> remembered_;
    std::size_t oldest_ = 0;

    Counter counter_;
    std::vector<u64> values_, other_values_, tokens_, shingles_;
    std::vector<u8> uncovered_, other_uncovered_;
    std::vector<Place> places_, other_places_;
    std::vector<u32> behind_, numbers_, counts_;
};
}  // namespace dedup
