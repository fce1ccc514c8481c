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
        i64 longest = PIECE_BYTES;
        for (i64 row = first; row < last; ++row)
            longest = std::max(longest, texts.offsets[row + 1] - texts.offsets[row]);
        // A row may have one token more than bytes: U+FDFA, three bytes, is four words.
        const auto room = static_cast<std::size_t>(longest + PIECE_ROWS + texts.ngram_size + 1);
        tokens_ = std::make_unique_for_overwrite<u64[]>(room);
        shingles_ = std::make_unique_for_overwrite<u64[]>(room);
        mixed_ = std::make_unique_for_overwrite<u32[]>(room);
        thirds_ = std::make_unique_for_overwrite<u8[]>(room);
    }
    Piece piece() { return {tokens_.get(), shingles_.get(), ends_.data()}; }
    u32* mixed() { return mixed_.get(); }
    u8* thirds() { return thirds_.get(); }

   private:
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
