// Which keys there are, told from a few bits: filters that never miss one (Bloom 1970).
#pragma once
#include "arrays.hpp"

namespace dedup {
// Fibonacci hashing of a key, since those of the smallest hashes are small.
constexpr u32 spread(u32 key) { return key * 0x9E3779B1u; }

// Which of some parts a key is in, by its upper bits.
constexpr std::size_t part_of(u32 key, std::size_t parts) {
    return static_cast<std::size_t>(u64{spread(key)} * parts >> 32);
}

// A Bloom filter, (words, 2): which keys there are, and which are there more than once. A key is two bits of one
// word, so that one place in memory answers (a blocked filter, Putze et al. 2007).
class Filter {
   public:
    explicit Filter(const WrittenTable<u64>& words) : words_(words.data()), count_(words.shape(0)) {
        if (count_ == 0 || count_ > MOST_WORDS || words.shape(1) != 2)
            throw nb::value_error("filter: of another shape");
    }
    void note(u32 key) const {
        u64* word = words_ + 2 * word_of(key);
        const u64 bits = bits_of(key);
        word[1] |= (word[0] & bits) == bits ? bits : 0;
        word[0] |= bits;
    }
    // Brings the word of a key into the cache before it is read.
    void fetch(u32 key) const { __builtin_prefetch(words_ + 2 * word_of(key)); }
    // Whether a key may have been noted; more than once where others are asked for.
    bool has(u32 key, bool others) const {
        const u64 bits = bits_of(key);
        return (words_[2 * word_of(key) + static_cast<std::size_t>(others)] & bits) == bits;
    }

   private:
    static constexpr std::size_t MOST_WORDS = std::size_t{1} << 26;  // so that a product fits in 64 bits
    u64 place_of(u32 key) const { return u64{spread(key)} * (count_ * 64) >> 32; }
    std::size_t word_of(u32 key) const { return static_cast<std::size_t>(place_of(key) >> 6); }
    u64 bits_of(u32 key) const { return u64{1} << (place_of(key) & 63) | u64{1} << (spread(key) & 63); }

    u64* words_;
    std::size_t count_;
};

// A filter of keys by their upper bits alone. Most of what long rows look up are small keys. So most large keys
// fall through this one, which is small enough for the cache and needs no arithmetic.
class CoarseFilter {
   public:
    explicit CoarseFilter(const Array<u32>& keys) : words_(std::size_t{1} << (BITS - 6)) {
        for (const u32 key : std::span(keys.data(), keys.shape(0))) {
            const u32 upper = key >> (32 - BITS);
            words_[upper >> 6] |= u64{1} << (upper & 63);
        }
    }
    // 1 if a key may be one of them, else 0.
    std::size_t has(u32 key) const {
        const u32 upper = key >> (32 - BITS);
        return words_[upper >> 6] >> (upper & 63) & 1;
    }

   private:
    static constexpr int BITS = 22;  // half a megabyte
    std::vector<u64> words_;
};
}  // namespace dedup
