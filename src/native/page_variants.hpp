// Page variants, pages that share only the frame around their articles: dedup/matching/page_variants.py.
#pragma once
#include <vector>

#include "arrays.hpp"
#include "hash_counter.hpp"

namespace dedup {
// The constants of dedup/matching/page_variants.py, and a setting of a Config.
struct PageSettings {
    nb::handle settings;
    bool keep_variants = constant<bool>(settings, "keep_variants");
    i64 word_weight = number("word_weight");
    u8 weight_bits = constant<u8>(settings, "weight_bits");
    i64 max_line_weight = word_weight * number("max_line_words");
    i64 min_own_weight = word_weight * number("min_own_words");
    std::size_t own_ngram = constant<std::size_t>(settings, "own_ngram");
    double max_own_similarity = constant<double>(settings, "max_own_similarity");
    std::vector<u8> line_breaks = constants_of<u8>(settings, "line_break_bytes");

    i64 number(const char* name) const { return constant<i64>(settings, name); }
};

// The lines of a row that have words.
struct PageLines {
    std::vector<u64> hashes;         // of each line: of its words in their order
    std::vector<i64> weights;        // of each line
    std::vector<u64> tokens;         // the words of all lines
    std::vector<std::size_t> edges;  // line i has the tokens edges[i] up to edges[i + 1]
};

// Reads the lines of rows and compares them, in memory that is used again.
class PageRule {
   public:
    explicit PageRule(const PageSettings& settings) : rule_(settings) {}
    // Reads the lines of a row; none if it has a single line, since nothing is then around them.
    void read(const Texts& texts, i64 row, PageLines& lines);
    // Tells whether two similar rows share only the frame of a page.
    bool is_page_variant(const PageLines& copy, const PageLines& witness);

   private:
    bool find_frame(const PageLines& copy, const PageLines& witness);
    bool gather_own(const PageLines& lines, std::vector<u64>& tokens);

    const PageSettings& rule_;
    HashCounter counter_;
    std::vector<i64> line_edges_, ends_;
    std::vector<u64> hashes_, scratch_, own_, witness_own_, ngrams_, witness_ngrams_;
    std::vector<u8> weights_;
};
}  // namespace dedup
