// Keys of rows, one row after the other or sorted into partitions; and Bloom filters of keys.
#pragma once
#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
// Row r has the values from edges[r] to edges[r + 1].
class RowEdges {
   public:
    // Checks the edges of the rows from `first` to `last`, in so many values.
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

// The keys of batches of rows, each batch sorted into the same partitions. The keys of a partition fit in the cache.
class KeyPartitions {
   public:
    // From pairs of keys, (m,), and the bounds of the partitions in them, (partitions + 1,). The keys may be
    // overwritten.
    explicit KeyPartitions(const nb::list& batches);
    std::size_t batches() const { return batches_.size(); }
    std::size_t count() const { return count_; }
    void check(std::size_t partition) const {
        if (partition >= count_) throw nb::index_error("partition: there is none");
    }
    std::span<u32> keys(std::size_t batch, std::size_t partition) const {
        const i64* bounds = batches_[batch].bounds + partition;
        return {batches_[batch].keys + bounds[0], static_cast<std::size_t>(bounds[1] - bounds[0])};
    }
    // Calls a function with each key of a partition, batch after batch.
    template <class Take>
    void for_keys(std::size_t partition, Take take) const {
        for (std::size_t batch = 0; batch < batches(); ++batch)
            for (u32& key : keys(batch, partition)) take(key);
    }

   private:
    struct Batch {
        u32* keys;
        const i64* bounds;
    };
    HeldObjects held_;
    std::vector<Batch> batches_;
    std::size_t count_ = 0;
};

// Fibonacci hashing: the keys of a sketch are the smallest hashes, so their upper bits are not random.
constexpr u32 spread(u32 key) { return key * 0x9E3779B1u; }

// Returns the partition of a key, by its upper bits.
constexpr std::size_t partition_of(u32 key, std::size_t partitions) {
    return static_cast<std::size_t>(u64{spread(key)} * partitions >> 32);
}

// A Bloom filter, (words, 2): the first column has the keys, the second those that were added twice. A key is two bits
// of one word, so one memory access answers (a blocked filter, Putze et al. 2007).
class KeyFilter {
   public:
    explicit KeyFilter(const OutputTable<u64>& words) : words_(words.data()), count_(words.shape(0)) {
        if (count_ == 0 || count_ > MAX_WORDS || words.shape(1) != 2) throw nb::value_error("filter: of another shape");
    }
    void add(u32 key) const {
        u64* word = words_ + 2 * word_of(key);
        const u64 bits = bits_of(key);
        word[1] |= (word[0] & bits) == bits ? bits : 0;
        word[0] |= bits;
    }
    // Prefetches the word of a key.
    void fetch(u32 key) const { __builtin_prefetch(words_ + 2 * word_of(key)); }
    // Tells whether a key may have been added, or added twice.
    bool has(u32 key, bool twice) const {
        const u64 bits = bits_of(key);
        return (words_[2 * word_of(key) + static_cast<std::size_t>(twice)] & bits) == bits;
    }

   private:
    static constexpr std::size_t MAX_WORDS = std::size_t{1} << 26;  // so that a product fits in 64 bits
    u64 bit_of(u32 key) const { return u64{spread(key)} * (count_ * 64) >> 32; }
    std::size_t word_of(u32 key) const { return static_cast<std::size_t>(bit_of(key) >> 6); }
    u64 bits_of(u32 key) const { return u64{1} << (bit_of(key) & 63) | u64{1} << (spread(key) & 63); }

    u64* words_;
    std::size_t count_;
};

// The upper bits of the query keys of all rows, as a table that fits in the cache. Query keys are the smallest keys of
// each row, so few large keys pass it. It tests several keys at once.
class CoarseFilter {
   public:
    CoarseFilter() : words_(std::size_t{1} << (COARSE_BITS - 5)) {}
    void add(const Array<u32>& query_keys) {
        for (const u32 key : std::span(query_keys.data(), query_keys.shape(0))) {
            const u32 upper = key >> (32 - COARSE_BITS);
            words_[upper >> 5] |= u32{1} << (upper & 31);
        }
    }
    // Writes the keys that pass into `chosen`, which has room for CHOSEN_AT_ONCE more; returns how many pass.
    i64 choose(const u32* keys, i64 count, u32* chosen) const {
        return kernels_in_use().choose_keys(keys, count, words_.data(), chosen);
    }

   private:
    std::vector<u32> words_;
};
}  // namespace dedup
