// The functions that are compiled once for each level of the processor.
#pragma once
#include "types.hpp"

namespace dedup {
struct Kernels {
    const char* level;
    // Writes the hashes of the tokens of rows, their weights unless null, and the end of each row; returns the number
    // of tokens. hashes, weights and seconds, which is scratch memory, have one element per byte and one per row; ends
    // has last - first + 1.
    i64 (*hash_tokens)(const Texts&, i64 first, i64 last, u64* hashes, u64* seconds, i64* ends, u8* weights);
    // Writes the tokens and shingles of the batch that begins with row `first`; returns the row after it.
    i64 (*hash_batch)(const Texts&, i64 first, i64 last, const RowBatch&);
    // Writes the tokens of the rows of one text, and the shingles of the text as if it were one row; ends has
    // last - first + 1. Returns the number of tokens. The other arrays have one element per byte and one per row, and
    // ngram_size more.
    i64 (*hash_text)(const Texts&, i64 first, i64 last, const RowBatch&);
    // Writes the minimum of each of `width` permutations of shingles. mixed is scratch memory, (count,).
    void (*signature)(const u64* shingles, i64 count, const u32* factors, const u32* shifts, i64 width,
                      u32* mixed, u32* result);
    // Writes the two halves of the fingerprint of tokens; keys are (2, stride + 1).
    void (*fingerprint)(const u64* tokens, i64 count, const u64* keys, i64 stride, u64* print);
    // Writes the places of the wanted bytes from first up to last; returns their number.
    i64 (*find_bytes)(const u8* utf8, i64 first, i64 last, const u8* wanted, i64 wanted_count, i64* places);
    // Counts the characters from first up to last of a buffer of `size` bytes.
    i64 (*count_characters)(const u8* utf8, i64 first, i64 last, i64 size);
    // Returns the first quote, backslash or control character from first up to last of a buffer of `size` bytes; `last`
    // if there is none.
    i64 (*find_string_end)(const u8* utf8, i64 first, i64 last, i64 size);
    // Returns whether the bytes from first up to last are well-formed UTF-8.
    bool (*is_utf8)(const u8* utf8, i64 first, i64 last);
    // Returns the size in UTF-8 of code points of `width` bytes each.
    i64 (*utf8_size)(const void* codes, i64 count, i64 width);
    // Writes code points as UTF-8 into a buffer of `size` bytes, which must suffice; returns the bytes written.
    i64 (*to_utf8)(const void* codes, i64 count, i64 width, u8* utf8, i64 size);
    // Writes the values below a limit; returns their number. chosen has one element per value.
    i64 (*choose_below)(const u64* values, i64 count, u64 limit, u64* chosen);
    // Writes the keys whose upper bits are set in a table; returns their number. chosen has CHOSEN_AT_ONCE elements
    // more than there are such keys.
    i64 (*choose_keys)(const u32* keys, i64 count, const u32* table, u32* chosen);
};
constexpr i32 COARSE_BITS = 22;  // upper bits of a key, its index in a table of half a megabyte
constexpr i64 CHOSEN_AT_ONCE = 16;

extern const Kernels kernels_portable;
#ifdef DEDUP_LEVELS_X86
extern const Kernels kernels_v2, kernels_v3, kernels_v4;
#endif

// Returns the kernels of the chosen level; by default the best level that this processor has.
const Kernels& kernels_in_use();

// Chooses a level by name, or the best one for ""; throws if this processor lacks the level.
void use_kernels(const char* level);
}  // namespace dedup
