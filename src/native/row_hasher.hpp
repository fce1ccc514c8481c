// Hashes rows of text, a batch at a time.
#pragma once
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
// Returns scratch memory for `size` values; it grows if necessary.
template <class T>
T* scratch_memory(std::vector<T>& memory, std::size_t size) {
    if (memory.size() < size) memory.resize(size + size / 2);
    return memory.data();
}

// Hashes the rows from first up to last, in memory for one batch that it reuses.
class RowHasher {
   public:
    RowHasher(const Texts& texts, i64 first, i64 last)
        : texts_(texts), first_(first), last_(last), ends_(BATCH_ROWS + 1) {
        for (i64 row = first; row < last; ++row)
            longest_ = std::max(longest_, texts.offsets[row + 1] - texts.offsets[row]);
        // A row has at most one token more than bytes: the three bytes of U+FDFA are four words.
        const auto size = static_cast<std::size_t>(longest_ + BATCH_ROWS + texts.ngram_size + 1);
        tokens_ = std::make_unique_for_overwrite<u64[]>(size);
        shingles_ = std::make_unique_for_overwrite<u64[]>(size);
        mixed_ = std::make_unique_for_overwrite<u32[]>(size);
        weights_ = std::make_unique_for_overwrite<u8[]>(size);
    }
    RowBatch batch() { return {tokens_.get(), shingles_.get(), ends_.data()}; }
    RowBatch weighted_batch() { return {tokens_.get(), shingles_.get(), ends_.data(), weights_.get()}; }

    // Calls work(row, tokens, shingles) for each row. It may overwrite the shingles.
    template <class Work>
    void for_rows(Work work) {
        const RowBatch all = batch();
        for (i64 first = first_, row = first_; first < last_; first = row) {
            const i64 until = kernels_in_use().hash_batch(texts_, first, last_, all);
            for (const i64* end = all.ends; row < until; ++row, ++end)
                work(row, std::span<const u64>(all.tokens + end[0], all.tokens + end[1]),
                     std::span(all.shingles + end[0], shingles_in(end[1] - end[0], texts_.ngram_size)));
        }
    }
    // Writes the MinHash signature of shingles.
    void sign(std::span<const u64> shingles, const Array<u32>& factors, const Array<u32>& shifts, u32* signature) {
        kernels_in_use().signature(shingles.data(), std::ssize(shingles), factors.data(), shifts.data(),
                                   static_cast<i64>(factors.shape(0)), mixed_.get(), signature);
    }
    // Returns the bytes of the longest row, at least those of a batch.
    i64 longest() const { return longest_; }

   private:
    const Texts& texts_;
    i64 first_, last_, longest_ = BATCH_BYTES;
    std::unique_ptr<u64[]> tokens_, shingles_;
    std::unique_ptr<u32[]> mixed_;
    std::unique_ptr<u8[]> weights_;
    std::vector<i64> ends_;
};

// Writes the number of tokens and the fingerprint of one row after the other.
class FingerprintWriter {
   public:
    // `keys` are the factors of both halves of a fingerprint, (2, stride + 1): text.shingles.fingerprint_keys.
    FingerprintWriter(const Table<u64>& keys, i64* counts, u64* fingerprints)
        : keys_(keys.data()),
          stride_(static_cast<i64>(keys.shape(1)) - 1),
          counts_(counts),
          fingerprints_(fingerprints) {
        if (keys.shape(0) != 2 || stride_ < 1) throw nb::value_error("fingerprint_keys: of another shape");
    }
    // Adds the next row.
    void write(std::span<const u64> tokens) {
        *counts_++ = std::ssize(tokens);
        kernels_in_use().fingerprint(tokens.data(), std::ssize(tokens), keys_, stride_, fingerprints_);
        fingerprints_ += 2;
    }

   private:
    const u64* keys_;
    i64 stride_;
    i64* counts_;
    u64* fingerprints_;  // the two halves of each row
};
}  // namespace dedup
