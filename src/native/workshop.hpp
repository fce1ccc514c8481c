// Where rows are hashed, a piece at a time.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "kernels.hpp"

namespace dedup {
// Room for the tokens and shingles of any piece of some rows.
class Workshop {
   public:
    Workshop(const Texts& texts, i64 first, i64 last) : ends_(PIECE_ROWS + 1) {
        for (i64 row = first; row < last; ++row)
            longest_ = std::max(longest_, texts.offsets[row + 1] - texts.offsets[row]);
        // A row has at most one token more than bytes: U+FDFA is four words in three bytes.
        const auto room = static_cast<std::size_t>(longest_ + PIECE_ROWS + texts.ngram_size + 1);
        tokens_ = std::make_unique_for_overwrite<u64[]>(room);
        shingles_ = std::make_unique_for_overwrite<u64[]>(room);
        mixed_ = std::make_unique_for_overwrite<u32[]>(room);
        thirds_ = std::make_unique_for_overwrite<u8[]>(room);
    }
    Piece piece() { return {tokens_.get(), shingles_.get(), ends_.data()}; }
    Piece weighed_piece() { return {tokens_.get(), shingles_.get(), ends_.data(), thirds_.get()}; }
    u32* mixed() { return mixed_.get(); }
    u8* thirds() { return thirds_.get(); }

    // The bytes of the longest row, or of a piece.
    i64 longest() const { return longest_; }

   private:
    i64 longest_ = PIECE_BYTES;
    std::unique_ptr<u64[]> tokens_, shingles_;
    std::unique_ptr<u32[]> mixed_;
    std::unique_ptr<u8[]> thirds_;
    std::vector<i64> ends_;
};

// Hashes rows and calls a function with each, and with where its tokens begin and end in the piece.
template <class Take>
void for_rows(const Texts& texts, i64 first, i64 last, const Piece& piece, Take take) {
    while (first < last) {
        const i64 until = kernels_in_use().hash_piece(texts, first, last, piece);
        for (i64 row = first; row < until; ++row) take(row, piece.ends[row - first], piece.ends[row - first + 1]);
        first = until;
    }
}
}  // namespace dedup
