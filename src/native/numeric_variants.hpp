// The rule by which near copies stay, with all its settings: dedup/matching/pair_rule.py.
#pragma once
#include "hash_counter.hpp"
#include "elements.hpp"
#include "numbers.hpp"
#include "page_variants.hpp"

namespace dedup {
// The constants of dedup/matching/numeric_variants.py, and the settings of a Config.
struct VariantSettings {
    nb::handle settings;
    bool keep_variants = constant<bool>(settings, "keep_variants");
    i64 least_tokens = number("least_tokens");  // a shorter row stays if it has an element that its witness lacks
    // A window of a long witness with such a share of the shingles of a row is dense; 0 if rows cannot be scattered.
    double dense_share = constant<double>(settings, "dense_share");
    i64 numbers_per_correction = number("numbers_per_correction"), min_majority = number("min_majority");
    i64 numbers_per_change = number("numbers_per_change"), elements_per_change = number("elements_per_change");
    i64 word_weight = number("word_weight");
    i64 weight_per_place = word_weight * number("words_per_place"), base_half_places = number("base_half_places");
    i64 min_places = number("min_places"), places_per_number_place = number("places_per_number_place");
    i64 max_place_weight = word_weight * number("max_place_words");
    i64 update_length_per_cent = number("update_length_per_cent"), brief_weight = word_weight * number("brief_words");
    i64 min_scan_places = number("min_scan_places");
    i64 letter_pairs_per_scan_place = number("letter_pairs_per_scan_place");
    i64 max_weight_by_letters = word_weight * number("max_words_by_letters");
    std::size_t spaced_ngram = constant<std::size_t>(settings, "spaced_ngram");
    std::size_t unspaced_ngram = constant<std::size_t>(settings, "unspaced_ngram");
    std::vector<i64> spaced_weight = constants_of<i64>(settings, "spaced_weight");  // a weight, of so many elements
    i64 min_scatter_ratio = number("min_scatter_ratio"), scatter_window = number("scatter_window");
    double max_scattered_similarity = constant<double>(settings, "max_scattered_similarity");

    i64 number(const char* name) const { return constant<i64>(settings, name); }
};

// The rule for some settings and a seed, without texts. It does not change, so threads may share it.
class PairRuleSettings {
   public:
    // From an object that dedup/matching/pair_rule.py makes.
    explicit PairRuleSettings(const nb::object& settings);
    const VariantSettings& settings() const { return settings_; }
    const PageSettings& page_settings() const { return page_settings_; }
    const NumberMarks& marks() const { return marks_; }
    const CalendarNames& names() const { return names_; }

   private:
    VariantSettings settings_;
    PageSettings page_settings_;
    std::vector<nb::object> held_;
    const NumberMarks& marks_;
    const CalendarNames& names_;
};

// A run of elements of a text that the other text lacks.
struct Place {
    u64 neighbours;  // a hash of the elements before and behind it
    i64 weight;
    u64 numbers;  // a hash of its numbers in their order, 0 for none
};

// The places of a copy that a witness replaces.
struct ReplacedPlaces {
    i64 total, uncovered, of_numbers, with_numbers;
};

// The rule for some texts, with memory of its own: one a thread. The settings and the arrays of the texts must outlive
// it. It never calls Python, so the lock of the interpreter may be released.
class PairRule {
   public:
    PairRule(const PairRuleSettings& settings, const Texts& texts) : PairRule(settings, texts, RowReader(texts)) {}
    PairRule(const PairRuleSettings& settings, const TextsHolder& texts)
        : PairRule(settings, texts.layout(), RowReader(texts)) {}
    // Tells whether a row stays, though it is similar to a witness that is no exact copy.
    bool exempts(i64 row, i64 witness, double similarity);
    // Tells whether a block of a text is a numeric variant of another block; with `any_number`, one number that the
    // witness lacks is enough.
    bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_number);

   private:
    static constexpr std::size_t CACHED_ROWS = 8;  // many rows are asked for again soon

    PairRule(const PairRuleSettings& settings, const Texts& texts, const RowReader& reader)
        : marks_(settings.marks()),
          rule_(settings.settings()),
          page_rule_(settings.page_settings()),
          texts_(texts),
          reader_(settings.marks(), settings.names()),
          pages_(settings.page_settings()),
          cache_(CACHED_ROWS, CachedRow{reader}) {}

    // A row that was read lately.
    struct CachedRow {
        RowReader reader;
        i64 row = -1;
        Texts text{};  // its row 0 is the row
        bool has_elements = false, has_lines = false;
        Elements elements{};
        PageLines lines{};
    };

    CachedRow& cached_row(i64 row, i64 other_row);
    const Elements& elements_of(i64 row, i64 other_row);
    const PageLines& lines_of(i64 row, i64 other_row);
    bool exempts_by_words(i64 row, i64 witness, double similarity);
    bool exempts_by_lines(i64 row, i64 witness);
    bool is_scattered(i64 row, i64 witness);
    i64 hash_row(const Texts& text);
    bool has_other_numbers(i64 row, i64 witness);
    bool is_too_short(const Elements& copy, const Elements& witness);
    bool is_variant_of(const Elements& copy, const Elements& witness);
    bool has_new_value(std::span<const u64> values, std::span<const u64> other_values);
    bool are_scans(const Elements& copy, const Elements& witness, i64 word_places);
    bool is_spaced(const Elements& elements) const;
    i64 lacking_in(std::span<const u64> values, std::span<const u64> other_values);
    ReplacedPlaces replaced_places(const Elements& copy, const Elements& witness);
    void find_uncovered(const Elements& copy, const Elements& witness);

    const NumberMarks& marks_;
    const VariantSettings& rule_;
    const PageSettings& page_rule_;
    Texts texts_;
    ElementReader reader_;
    PageRule pages_;
    std::vector<CachedRow> cache_;  // never grows: texts lie in it
    std::size_t oldest_ = 0;

    HashCounter counter_;
    std::vector<u64> values_, other_values_, tokens_, shingles_;
    std::vector<u8> uncovered_, other_uncovered_;
    std::vector<Place> places_, other_places_;
    std::vector<u32> next_place_, numbers_, counts_;
};
}  // namespace dedup
