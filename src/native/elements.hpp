// A text as a sequence of words and numbers: dedup/matching/elements.py.
#pragma once
#include <array>
#include <bitset>
#include <span>
#include <string>
#include <vector>

#include "numbers.hpp"

namespace dedup {
constexpr std::size_t TEXT_PADDING = 80;  // zeros behind a copied text, so that the tokenizer reads all of it in blocks

// The names of months and weekdays as tokens of a seed, and the token that replaces a number.
class CalendarNames {
   public:
    // From an object with the constants of dedup/matching/elements.py, and the tokens of a seed.
    explicit CalendarNames(const nb::object& constants);

   private:
    friend class ElementReader;
    static constexpr std::size_t FILTER_BITS = 1 << 16;

    // Returns the number of tokens of the longest name that the tokens begin with, 0 for none.
    std::size_t name_at(std::span<const u64> hashes) const;

    std::vector<u64> first_tokens_, tokens_;  // the first token of each name, ascending; all tokens of the names
    std::vector<std::size_t> offsets_;    // (n + 1,)
    std::bitset<FILTER_BITS> may_begin_;  // by the lower bits of a token: whether a name may begin with it
    std::string placeholder_;
    u64 placeholder_hash_;
    u8 word_weight_, weight_mask_;
    std::size_t max_name_distance_;
};

// The words and numbers of a row, in order.
struct Elements {
    i64 row = -1;
    std::vector<u64> hashes;
    std::vector<u8> weights, is_number;  // of each
    std::vector<u64> number_hashes;       // of the elements that are numbers
    i64 total_weight = 0;
    i64 min_tokens = 0;  // the row has at least so many
    // The text with the same placeholder for each number; the row itself if it has none.
    std::span<const u8> masked;  // the whole buffer
    std::array<i64, 2> masked_edges{};
    std::vector<u8> masked_buffer;

    // Returns the masked text as a row.
    Texts masked_text(const Texts& like, bool characters) const {
        return {masked.data(), masked.size(), masked_edges.data(), like.alphabet,
                like.shingle_factors, like.ngram_size, characters};
    }
};

// Writes a hash of every `size` consecutive elements.
void write_ngrams(std::span<const u64> hashes, std::size_t size, std::vector<u64>& ngrams);

// Reads rows as elements and tokens, in memory that is used again.
class ElementReader {
   public:
    ElementReader(const NumberMarks& marks, const CalendarNames& names) : marks_(marks), names_(names) {}
    void read(const Texts& texts, i64 row, Elements& elements);
    // Hashes and weighs the tokens of one row; they are valid until the next call.
    std::span<const u64> tokens_of(const Texts& texts, i64 row);

   private:
    void mask_numbers(const Texts& texts, i64 row, Elements& elements);
    void gather(std::size_t count, Elements& elements) const;

    const NumberMarks& marks_;
    const CalendarNames& names_;
    std::vector<u64> tokens_, scratch_, numbers_;
    std::vector<u8> weights_;
    std::vector<u8> is_number_;  // of each token
};
}  // namespace dedup
