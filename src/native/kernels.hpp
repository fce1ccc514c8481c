// The functions that exist once for each level of the processor.
#pragma once
#include "types.hpp"

namespace dedup {
struct Kernels {
    const char* level;
    // Hashes the tokens of rows into hashes and, if it is not null, weighs them into thirds; ends has
    // last - first + 1 places. There is room for a token a byte and one more a row; seconds is scratch of
    // the same size. Returns how many there are.
    i64 (*hash_tokens)(const Texts&, i64 first, i64 last, u64* hashes, u64* seconds, i64* ends, u8* thirds);
    // Hashes the tokens and shingles of as many rows as make a piece; returns the row behind them.
    i64 (*hash_piece)(const Texts&, i64 first, i64 last, const Piece&);
    // Writes the least of each permutation of some shingles; mixed is scratch for all of them.
    void (*signature)(const u64* shingles, i64 count, const u32* factors, const u32* shifts, i64 width,
                      u32* mixed, u32* result);
    // Writes the two halves of the fingerprint of some tokens; keys are (2, stride + 1).
    void (*fingerprint)(const u64* tokens, i64 count, const u64* keys, i64 stride, u64* print);
    // Writes where there is a line break from first to last; returns how many there are.
    i64 (*find_breaks)(const u8* utf8, i64 first, i64 last, i64* breaks);
    // Counts the characters from first to last of a buffer of some size.
    i64 (*count_characters)(const u8* utf8, i64 first, i64 last, i64 size);
    // Counts the bytes of code points in UTF-8; each has so many bytes in memory.
    i64 (*utf8_size)(const void* codes, i64 count, i64 width);
    // Writes them, if so many have room; returns how many there are.
    i64 (*to_utf8)(const void* codes, i64 count, i64 width, u8* utf8, i64 size);
    // Writes the values below a limit; there is room for all. Returns how many there are.
    i64 (*choose_below)(const u64* values, i64 count, u64 limit, u64* chosen);
    // Writes the keys whose upper bits are set in a table; there is room for CHOSEN_AT_ONCE more. Returns how many
    // there are.
    i64 (*choose_keys)(const u32* keys, i64 count, const u32* table, u32* chosen);
};
constexpr i32 COARSE_BITS = 22;  // of a key that tell its place in the table of half a megabyte
constexpr i64 CHOSEN_AT_ONCE = 16;

extern const Kernels kernels_portable;
#ifdef DEDUP_LEVELS_X86
extern const Kernels kernels_v2, kernels_v3, kernels_v4;
#endif

// The kernels of the best level that this processor has, until others are chosen.
const Kernels& kernels_in_use();

// Uses those of a level by its name, of the best one for ""; throws where this processor lacks it.
void use_kernels(const char* level);
}  // namespace dedup
