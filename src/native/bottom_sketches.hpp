// Bottom-k sketches (Broder 1997): the smallest shingle hashes of rows, dedup/matching/bottom_sketch.py.
#pragma once
#include "row_hasher.hpp"

namespace dedup {
// The sizes of sketches, and the keys of fingerprints.
class BottomSketchSettings {
   public:
    // A row of up to `exhaustive_shingles` shingles has all in its sketch; another one has one for every
    // `shingles_per_key`, within `min_size` and `max_size`.
    BottomSketchSettings(Table<u64> keys, i64 min_keys, i64 max_keys, i64 per_key, i64 exhaustive)
        : fingerprint_keys(std::move(keys)),
          min_size(min_keys),
          max_size(max_keys),
          shingles_per_key(per_key),
          exhaustive_shingles(exhaustive) {
        if (fingerprint_keys.shape(0) != 2 || fingerprint_keys.shape(1) < 2)
            throw nb::value_error("fingerprint_keys: of another shape");
        if (min_size < 1 || max_size < min_size || shingles_per_key < 1 || exhaustive_shingles < 0)
            throw nb::value_error("sizes: out of range");
    }
    // Returns the number of keys in the sketch of a row with so many shingles.
    i64 size_of(i64 shingles) const {
        return shingles <= exhaustive_shingles ? shingles
                                               : std::min(std::max(shingles / shingles_per_key, min_size), max_size);
    }
    i64 largest() const { return std::max(max_size, exhaustive_shingles); }

    const Table<u64> fingerprint_keys;
    const i64 min_size, max_size, shingles_per_key, exhaustive_shingles;
};

// Finds the smallest different values of a row.
class SmallestValues {
   public:
    explicit SmallestValues(i64 max_count) : smallest_(static_cast<std::size_t>(max_count) + 1) {}

    // Returns at most `wanted` values, in ascending order.
    std::span<const u64> of(std::span<const u64> all, i64 wanted);

   private:
    static constexpr i64 RANGES = 64;        // into which the smallest values are sorted roughly
    static constexpr i64 MAX_UNSORTED = 24;  // values that are not sorted roughly first

    std::span<const u64> found() const { return {smallest_.data(), static_cast<std::size_t>(size_)}; }
    void sort_roughly(const u64* values, i64 count, u64 limit);
    void sort(const u64* values, i64 count, i64 wanted);

    std::vector<u64> smallest_;  // in ascending order; room for one more than there can be
    std::vector<u64> below_, roughly_sorted_;
    i64 size_ = 0;
};

// Sketches rows, one after the other.
class BottomSketchWriter {
   public:
    // For `rows` rows of `bytes` bytes.
    BottomSketchWriter(const BottomSketchSettings& settings, std::size_t rows, i64 bytes);

    // Adds the next row.
    void add(std::span<const u64> tokens, std::span<const u64> shingles);

    // Of each row its tokens, its fingerprint, the keys of its sketch, their number, and the keys of all its shingles.
    using Result = std::tuple<GrowingArray<i64>, GrowingArray<u64>, GrowingArray<u32>, GrowingArray<i64>,
                              GrowingArray<u32>>;
    Result result() {
        return {std::move(counts_), std::move(fingerprints_), std::move(query_keys_), std::move(sizes_),
                std::move(keys_)};
    }

   private:
    const BottomSketchSettings& settings_;
    GrowingArray<i64> counts_;
    GrowingArray<u64> fingerprints_;
    GrowingArray<u32> query_keys_;
    GrowingArray<i64> sizes_;
    GrowingArray<u32> keys_;
    FingerprintWriter writer_;
    SmallestValues smallest_;
    std::size_t rows_ = 0;  // that were added
};
}  // namespace dedup
