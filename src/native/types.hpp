// Integers, and the rows of text that the kernels read. Its functions are static: those of one level of the
// processor must not stand in for those of another.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dedup {
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

// SplitMix64's finalizer, as mixing.mix64.
[[gnu::always_inline]] static constexpr u64 mix(u64 value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

// The Unicode tables with the constants of one seed: see dedup/text/alphabet.py. Borrowed.
struct Alphabet {
    const u8* direct_base;        // (DIRECT,)
    const u64* direct_sum;        // (DIRECT,)
    const u8* kind_of;            // (BASIC,)
    const u64* factors;           // (PLACES,)
    const u32* page_of;           // (pages of all code points,)
    const u8* kinds;              // (codes of all pages,)
    const u32* sequence;          // (codes of all pages,): 0, or the number of a sequence from 1 on
    const u8* sequence_base;      // (sequences,)
    const u64* sequence_sum;      // (sequences,)
    const u8* sequence_kind;      // (sequences,)
    const u32* sequence_offsets;  // (sequences + 1,)
    const u32* sequence_codes;    // (all their code points,)
    const u8* weights;            // (kinds,): what a token weighs that begins with a character of a kind
    u64 character_key, position_key, token_key;
};

// Rows of UTF-8, and how they become shingles. Row r is utf8[offsets[r]] to utf8[offsets[r + 1]].
struct Texts {
    const u8* utf8;
    u64 size;            // of the whole buffer: no byte is read behind it
    const i64* offsets;  // (n + 1,), ascending, within the buffer
    const Alphabet* alphabet;
    const u64* places;  // (ngram_size,): the factors of the tokens of a shingle
    i64 ngram_size;
    bool characters;  // whether each letter and digit is a token
};

constexpr i64 PIECE_BYTES = 1 << 14;  // of rows that are hashed at once: they fit in the cache
constexpr i64 PIECE_ROWS = 1 << 12;

// The row behind a piece that begins with a row.
static constexpr i64 end_of_piece(const Texts& texts, i64 first, i64 last) {
    i64 until = first + 1;
    while (until < last && until - first < PIECE_ROWS && texts.offsets[until + 1] - texts.offsets[first] <= PIECE_BYTES)
        ++until;
    return until;
}

// Room for a piece of rows. Row r of a piece has the tokens ends[r] to ends[r + 1]; a shingle stands
// where its first token does.
struct Piece {
    u64* tokens;    // (room,): room for a token a byte, one more a row, and a shingle
    u64* shingles;  // (room,)
    i64* ends;      // (PIECE_ROWS + 1,)
    u8* thirds = nullptr;  // (room,): what each token weighs; null where nobody asks
};

// How many shingles begin in a row of so many tokens, repetitions counted.
static constexpr i64 shingles_in(i64 tokens, i64 ngram_size) {
    if (tokens == 0) return 0;
    return tokens > ngram_size ? tokens - ngram_size + 1 : 1;
}
}  // namespace dedup
