// A chunk of pairs of a key and a row, as dedup/index/stores/pages.py specifies it: how it lies in words of 64 bits, and
// how one is read that a stranger may have written.
#pragma once
#include <bit>
#include <span>
#include <stdexcept>
#include <vector>

#include "types.hpp"

namespace dedup {
constexpr u64 LOW_HALF = 0xFFFFFFFF;  // of a pair, its row; of the first word, the first key
constexpr u64 WORD_BITS = 64, PLACE_BITS = 16;
constexpr u64 SPARE = 2;  // words behind what is read or written: pairs of no bits begin in the first one
constexpr u64 MOST_IN_CHUNK = 0xFFFF;  // pairs, and buckets: their numbers have 16 bits each

// A page of an index file is not what was written there.
struct DamagedChunk : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr u64 words_for(u64 bits) { return (bits + WORD_BITS - 1) / WORD_BITS; }
constexpr u64 lowest_bits(u64 count) { return (u64{1} << count) - 1; }  // fewer than 64
// std::popcount calls a function where the processor may lack the instruction (Warren, Hacker's Delight, ch. 5).
constexpr u64 count_ones(u64 word) {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return word * 0x0101010101010101 >> 56;
}
constexpr u64 first_one(u64 word) { return static_cast<u64>(std::countr_zero(word)); }

// What the first words say, and where the others are, in words from the beginning of the chunk.
struct Head {
    u64 pairs, first, least;  // how many, the first key, the least row
    u64 buckets, sampled;     // how many, and how many from one whose place is written down to the next
    u64 shift, width;         // bits of a key within its bucket, and of a row above the least one
    u64 places, flags, begin, end;

    Head(u64 count, u64 first_key, u64 least_row, u64 bucket_count, u64 key_bits, u64 row_bits, u64 sample)
        : pairs(count), first(first_key), least(least_row), buckets(bucket_count), sampled(sample), shift(key_bits),
          width(row_bits), places(2), flags(places + words_for(PLACE_BITS * (buckets / sampled + 1))),
          begin(flags + words_for(pairs + buckets)), end(begin + words_for(pairs * (shift + width))) {}
};

// A chunk whose words were checked; behind them there are SPARE words more, which may be anything.
class Chunk {
   public:
    // Throws DamagedChunk where reading would go astray: where the head does not fit the number of words, or the bits
    // of the buckets, or the places among them, are not those of so many pairs and buckets.
    Chunk(std::span<const u64> words, u64 sampled) : words_(words.data()), head_(head_of(words, sampled)) {
        if (!is_whole(words.size())) throw DamagedChunk("a chunk of pairs is damaged");
    }
    const Head& head() const { return head_; }

    // Calls a function with the bucket and the bits of each pair, until it returns false.
    template <class Take>
    void for_pairs(Take take) const {
        const u64 bits = head_.shift + head_.width, pairs = head_.pairs;
        const u64 *flags = words_ + head_.flags, *begin = words_ + head_.begin;
        u64 number = 0;
        for (u64 passed = 0; number < pairs; passed += WORD_BITS)  // bits of the buckets
            for (u64 word = flags[passed / WORD_BITS]; word; word &= word - 1, ++number)
                if (!take(passed + first_one(word) - number, read(begin, number * bits, bits))) return;
    }
    // Calls a function with the bits of each pair of a bucket, until it returns false.
    template <class Take>
    void for_pairs_of(u64 bucket, Take take) const {
        const u64 bits = head_.shift + head_.width;
        const u64* begin = words_ + head_.begin;
        for (u64 bit = bit_of(bucket); flag_at(bit); ++bit)
            if (!take(read(begin, (bit - bucket) * bits, bits))) return;
    }

   private:
    static Head head_of(std::span<const u64> words, u64 sampled);
    bool is_whole(u64 size) const;
    bool has_whole_buckets() const;

    // The value of so many bits, below 64, that begins at a bit. One word more is looked at than has any of them: a
    // branch would be guessed wrong too often.
    static u64 read(const u64* begin, u64 bit, u64 bits) {
        const u64* word = begin + bit / WORD_BITS;
        const u64 offset = bit % WORD_BITS;
        return (word[0] >> offset | word[1] << 1 << (WORD_BITS - 1 - offset)) & lowest_bits(bits);
    }
    // Tells whether there is another pair in the bucket of which a bit is.
    bool flag_at(u64 bit) const { return words_[head_.flags + bit / WORD_BITS] >> bit % WORD_BITS & 1; }
    u64 place(u64 sample) const { return read(words_ + head_.places, sample * PLACE_BITS, PLACE_BITS); }
    // Where the bits of a bucket begin; its first pair is that less the bucket's number.
    u64 bit_of(u64 bucket) const;

    const u64* words_;
    Head head_;
};

// The chunks that lie end to end, number i from word edges[i] to edges[i + 1]. Throws DamagedChunk where any is
// damaged, and std::invalid_argument where edges are not those of parts of the words but for SPARE of them.
std::vector<Chunk> chunks_in(std::span<const u64> words, std::span<const i64> edges, u64 sampled);
}  // namespace dedup
