// A text as a sequence of words and figures: matching/elements.py.
#pragma once
#include <array>
#include <bitset>
#include <span>
#include <string>
#include <vector>

#include "numbers.hpp"

namespace dedup {
// The names of months and weekdays as tokens of a seed, and the token that stands for a number.
class Names {
   public:
    // From an object with the constants of matching/elements.py, and what is made of them for a seed.
    explicit Names(const nb::object& constants);

   private:
    friend class ElementReader;
    static constexpr std::size_t FILTER = 1 << 16;

    // The number of tokens of the longest name at the beginning of some, 0 for none.
    std::size_t name_at(std::span<const u64> hashes) const;

    std::vector<u64> firsts_, tokens_;  // the first token of each name, ascending, and all of them
    std::vector<std::size_t> offsets_;  // (n + 1,)
    std::bitset<FILTER> may_begin_;     // whether a name begins with a token of these lower bits
    std::string stand_in_;
    u64 stand_in_hash_;
    u8 word_thirds_, weight_;
    std::size_t beside_;
};

// The words and figures of a row, in order.
struct Elements {
    i64 row = -1;
    std::vector<u64> hashes;
    std::vector<u8> thirds, is_figure;  // of each
    std::vector<u64> figures;           // the hashes of the figures
    i64 total_thirds = 0;
    i64 least_tokens = 0;  // that the row has
    // The text with the same stand-in for each number: the row itself where it has none.
    std::span<const u8> cut;  // its whole buffer
    std::array<i64, 2> cut_edges{};
    std::vector<u8> cut_buffer;

    // The cut text as a row.
    Texts cut_text(const Texts& like, bool characters) const {
        return {cut.data(), cut.size(), cut_edges.data(), like.alphabet, like.shingle_factors, like.ngram_size, characters};
    }
};

// Reads rows as elements and tokens, in memory that is used again.
class ElementReader {
   public:
    ElementReader(const NumberSigns& signs, const Names& names) : signs_(signs), names_(names) {}
    void read(const Texts& texts, i64 row, Elements& elements);
    // Hashes and weighs the tokens of one row; they are there until the next call.
    std::span<const u64> tokens_of(const Texts& texts, i64 row);

   private:
    void cut(const Texts& texts, i64 row, Elements& elements);
    void gather(std::size_t count, Elements& elements) const;

    const NumberSigns& signs_;
    const Names& names_;
    std::vector<u64> tokens_, seconds_, numbers_;
    std::vector<u8> thirds_;
    std::vector<u8> is_number_;  // of each token
};
}  // namespace dedup
