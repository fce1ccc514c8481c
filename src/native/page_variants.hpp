// Page variants, pages that share only the frame around their articles: dedup/matching/page_variants.py.
#pragma once
#include <span>
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
    std::vector<u8> url_mark = constants_of<u8>(settings, "url_mark"), url_ends = constants_of<u8>(settings, "url_end_bytes");

    i64 number(const char* name) const { return constant<i64>(settings, name); }
};

// The lines of a row that are not blank. The row must outlive them.
struct PageLines {
    Texts text;                  // its row 0 is the row
    std::vector<i64> edges;      // line i has the bytes edges[2 * i] up to edges[2 * i + 1]
    std::vector<u64> hashes;     // of each line
    std::span<const u8> line(std::size_t number) const {
        return {text.utf8 + edges[2 * number], text.utf8 + edges[2 * number + 1]};
    }
};

// Reads the lines of rows and compares them, in memory that is used again.
class PageRule {
   public:
    explicit PageRule(const PageSettings& settings) : rule_(settings) {}
    // Reads the lines of row 0.
    void read(const Texts& text, PageLines& lines);
    // Tells whether two similar rows share only the frame of a page.
    bool is_page_variant(const PageLines& copy, const PageLines& witness);

   private:
    // Lines one after the other, URLs left out, and their words.
    struct Words {
        std::vector<u8> utf8;
        std::vector<i64> edges, ends;  // line i has the words ends[i] up to ends[i + 1]
        std::vector<u64> hashes;       // of `count` words, and room for more
        std::vector<u8> weights;       // likewise
        std::size_t count = 0;
    };

    void find_frame(const PageLines& copy, const PageLines& witness);
    bool is_in_frame(u64 line);
    bool has_short_lines(const Texts& like);
    bool gather_own(const PageLines& lines, Words& words);
    bool has_enough_words(const Texts& like, Words& words);
    void begin(Words& words) const { words.utf8.clear(), words.edges.assign(1, 0); }
    void add(std::span<const u8> line, Words& words) const;
    void hash(const Texts& like, Words& words);
    i64 weight_of(const Words& words, std::size_t line) const;

    const PageSettings& rule_;
    HashCounter counter_;
    std::vector<i64> breaks_;
    Words frame_, own_, witness_own_;
    std::vector<u64> scratch_, ngrams_, witness_ngrams_;
};
}  // namespace dedup
