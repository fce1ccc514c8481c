// Integer types, and the rows of text that the kernels read. The functions are static: the linker must not merge the
// copies that are compiled for different levels of the processor.
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

// The finalizer of SplitMix64: text.mixing.mix64.
[[gnu::always_inline]] static constexpr u64 mix(u64 value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

// Views of the tables that text.alphabet makes for one seed.
struct Alphabet {
    const u8* direct_base;        // (DIRECT_CODES,)
    const u64* direct_sum;        // (DIRECT_CODES,)
    const u8* kind_of;            // (BASIC_PLANE_CODES,)
    const u64* factors;           // (MAX_POSITION,)
    const u32* page_of;           // (all code points / 128,)
    const u8* kinds;              // (128 * pages,)
    const u32* sequence;          // (128 * pages,): the number of a sequence + 1, or 0
    const u8* sequence_base;      // (sequences,)
    const u64* sequence_sum;      // (sequences,)
    const u8* sequence_kind;      // (sequences,)
    const u32* sequence_offsets;  // (sequences + 1,)
    const u32* sequence_codes;    // (total,): the code points of all sequences
    const u8* weights;            // (kinds,): the weight of a token, by the kind of its first character
    u64 character_key, position_key, token_key;
};

// n rows of UTF-8, and how to hash them. Row r is utf8[offsets[r]] up to utf8[offsets[r + 1]].
struct Texts {
    const u8* utf8;
    u64 size;            // bytes of the buffer; nothing reads beyond it
    const i64* offsets;  // (n + 1,), ascending, within the buffer
    const Alphabet* alphabet;
    const u64* shingle_factors;  // (ngram_size,): the factors of the tokens of a shingle
    i64 ngram_size;
    bool characters;  // each letter and digit is a token
};

// Limits of the rows that are hashed at once. Their hashes fit in the cache.
constexpr i64 BATCH_BYTES = 1 << 14;
constexpr i64 BATCH_ROWS = 1 << 12;

// Returns the row after the batch that begins with row `first`. A batch has at least one row.
static constexpr i64 end_of_batch(const Texts& texts, i64 first, i64 last) {
    i64 until = first + 1;
    while (until < last && until - first < BATCH_ROWS && texts.offsets[until + 1] - texts.offsets[first] <= BATCH_BYTES)
        ++until;
    return until;
}

// The hashes of a batch. Row r of the batch has the tokens ends[r] up to ends[r + 1]. A shingle has the index of its
// first token.
struct RowBatch {
    u64* tokens;    // (size,), size at least bytes + rows + ngram_size
    u64* shingles;  // (size,)
    i64* ends;      // (BATCH_ROWS + 1,)
    u8* weights = nullptr;  // (size,): the weight of each token; not written if null
};

// Returns the only shingle of a row with fewer tokens than a shingle has.
static constexpr u64 short_shingle(const u64* tokens, i64 count, const u64* factors) {
    u64 total = 0;
    for (i64 place = 0; place < count; ++place) total += tokens[place] * factors[place];
    return mix(total);
}

// Returns the number of shingles of a row, repetitions included: text.shingles.shingle_counts.
static constexpr i64 shingles_in(i64 tokens, i64 ngram_size) {
    if (tokens == 0) return 0;
    return tokens > ngram_size ? tokens - ngram_size + 1 : 1;
}
}  // namespace dedup
