// Keys of rows: row after row, or sorted into parts; and filters, which tell from a few bits whether a key was noted.
#pragma once
#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
// Row r has the values from edges[r] to edges[r + 1].
class RowEdges {
   public:
    // For rows from `first` to `last`, of so many values.
    RowEdges(const Array<i64>& edges, std::size_t values, i64 first, i64 last) : edges_(edges.data()) {
        check_range(first, last, static_cast<i64>(edges.shape(0)) - 1);
        check_offsets({edges_ + first, edges_ + last + 1}, values, "edges");
    }
    i64 begin(i64 row) const { return edges_[row]; }
    template <class T>
    std::span<T> of(T* values, i64 row) const {
        return {values + edges_[row], static_cast<std::size_t>(edges_[row + 1] - edges_[row])};
    }

   private:
    const i64* edges_;
};

// Keys in chunks, each of which is sorted into the same parts: those of a part meet in the cache.
class KeyParts {
   public:
    // From pairs of keys, (m,), and the bounds of the parts in them, (parts + 1,); the keys may be written over.
    explicit KeyParts(const nb::list& chunks);
    std::size_t chunks() const { return chunks_.size(); }
    std::size_t parts() const { return parts_; }
    void check(std::size_t part) const {
        if (part >= parts_) throw nb::index_error("part: there is none");
    }
    std::span<u32> keys(std::size_t chunk, std::size_t part) const {
        const i64* bounds = chunks_[chunk].bounds + part;
        return {chunks_[chunk].keys + bounds[0], static_cast<std::size_t>(bounds[1] - bounds[0])};
    }
    // Calls a function with each key of a part, chunk after chunk.
    template <class Take>
    void for_keys(std::size_t part, Take take) const {
        for (std::size_t chunk = 0; chunk < chunks(); ++chunk)
            for (u32& key : keys(chunk, part)) take(key);
    }

   private:
    struct Chunk {
        u32* keys;
        const i64* bounds;
    };
    Held held_;
    std::vector<Chunk> chunks_;
    std::size_t parts_ = 0;
};

// Fibonacci hashing of a key, since those of the smallest hashes are small.
constexpr u32 spread(u32 key) { return key * 0x9E3779B1u; }

// Which of some parts a key is in, by its upper bits.
constexpr std::size_t part_of(u32 key, std::size_t parts) {
    return static_cast<std::size_t>(u64{spread(key)} * parts >> 32);
}

// A Bloom filter, (words, 2): which keys were noted, and which more than once. A key is two bits of one word, so that
// one place in memory answers (a blocked filter, Putze et al. 2007).
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
    // Whether a key may have been noted, or more than once.
    bool has(u32 key, bool more_than_once) const {
        const u64 bits = bits_of(key);
        return (words_[2 * word_of(key) + static_cast<std::size_t>(more_than_once)] & bits) == bits;
    }

   private:
    static constexpr std::size_t MOST_WORDS = std::size_t{1} << 26;  // so that a product fits in 64 bits
    u64 place_of(u32 key) const { return u64{spread(key)} * (count_ * 64) >> 32; }
    std::size_t word_of(u32 key) const { return static_cast<std::size_t>(place_of(key) >> 6); }
    u64 bits_of(u32 key) const { return u64{1} << (place_of(key) & 63) | u64{1} << (spread(key) & 63); }

    u64* words_;
    std::size_t count_;
};

// A filter by the upper bits of keys, of those that rows look up: the smallest keys of each row. So few large keys pass
// it. It fits in the cache, and takes several keys at once.
class CoarseFilter {
   public:
    explicit CoarseFilter(const Array<u32>& keys) : words_(std::size_t{1} << (COARSE_BITS - 5)) {
        for (const u32 key : std::span(keys.data(), keys.shape(0))) {
            const u32 upper = key >> (32 - COARSE_BITS);
            words_[upper >> 5] |= u32{1} << (upper & 31);
        }
    }
    // Writes the keys that pass, behind which there is room for CHOSEN_AT_ONCE more; returns how many they are.
    i64 choose(const u32* keys, i64 count, u32* chosen) const {
        return kernels_in_use().choose_keys(keys, count, words_.data(), chosen);
    }

   private:
    std::vector<u32> words_;
};
}  // namespace dedup
