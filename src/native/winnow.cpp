// Winnowing: records the smallest shingle of each window. Equal windows have it at the same place (Schleimer, Wilkerson
// and Aiken 2003, "Winnowing: local algorithms for document fingerprinting"). Consecutive windows with the same smallest
// shingle are one record. Of the shingles of w tokens, about two in k - w + 2 are the smallest of a window of k tokens.
#include <bit>

#include "segments.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
// Smallest shingles, the first of the windows of each, and the number of these windows.
struct Records {
    std::vector<u64> hashes;
    std::vector<i64> starts;
    std::vector<u32> counts;
};

struct Shingle {
    u64 hash;
    i64 place;
};

// Finds the minimum of a sliding window without a queue, which would mispredict most branches: shingles are taken in
// blocks of as many as a window has, so a window is the end of one block and the beginning of the next one (van Herk
// 1992, Gil and Werman 1993).
class Winnower {
   public:
    // For windows of `size` tokens and shingles of `width` tokens.
    Winnower(i64 size, i64 width)
        : size_(size), width_(width), factor_(rolling_power(width)),
          ring_(std::bit_ceil(static_cast<std::size_t>(width))), block_(static_cast<std::size_t>(size - width + 1)) {}

    // Begins a row. The salt is mixed into the recorded hashes, so that rows with different salts share none.
    void begin_row(u64 salt) { begin_ = token_, salt_ = salt, rolled_ = 0, in_block_ = 0, last_ = -1; }

    // Adds the next tokens of the row.
    void add(std::span<const u64> tokens) {
        const std::size_t width = static_cast<std::size_t>(width_), mask = ring_.size() - 1;
        u64 *ring = ring_.data(), value = rolled_;
        for (const u64 token : tokens) {
            const auto at = static_cast<std::size_t>(token_);
            const i64 in_row = ++token_ - begin_;  // tokens of the row, with this one
            value = value * ROLLING_BASE + token;
            if (in_row > width_) value -= ring[(at - width) & mask] * factor_;
            ring[at & mask] = token;
            if (in_row < width_) continue;
            const Shingle smallest = smallest_with({mix(value), token_ - width_});
            if (in_row >= size_) record(smallest, token_ - size_);
        }
        rolled_ = value;
    }
    Records& records() { return records_; }

   private:
    // Adds a shingle, and returns the smallest one of the window that ends with it, the first of equal ones. Before the
    // first window of a row is complete, the result has no meaning.
    Shingle smallest_with(Shingle shingle) {
        smallest_ = in_block_ > 0 && smallest_.hash <= shingle.hash ? smallest_ : shingle;
        block_[in_block_++] = shingle;
        if (in_block_ < block_.size()) return block_[in_block_].hash <= smallest_.hash ? block_[in_block_] : smallest_;
        for (std::size_t place = in_block_ - 1; place-- > 0;)
            if (block_[place].hash > block_[place + 1].hash) block_[place] = block_[place + 1];
        in_block_ = 0;
        return smallest_;
    }

    void record(Shingle smallest, i64 window) {
        if (smallest.place == last_) {
            ++records_.counts.back();
            return;
        }
        last_ = smallest.place;
        records_.hashes.push_back(smallest.hash ^ salt_), records_.starts.push_back(window);
        records_.counts.push_back(1);
    }

    const i64 size_, width_;
    const u64 factor_;
    std::vector<u64> ring_;       // the last tokens
    std::vector<Shingle> block_;  // the shingles of this block; after them the minima of the ends of the last block
    Shingle smallest_{};          // of this block
    std::size_t in_block_ = 0;    // shingles of this block
    i64 token_ = 0, begin_ = 0, last_ = -1;  // the next token, the first of the row, the place last recorded
    u64 rolled_ = 0, salt_ = 0;
    Records records_;
};

std::tuple<GrowingArray<i64>, std::vector<u64>, std::vector<i64>, std::vector<u32>> winnow(
    const TextsHolder& holder, const Array<i64>& first_segment_array, i64 first, i64 last, i64 size, i64 width,
    bool within_only) {
    const std::span<const i64> first_segments(first_segment_array.data(), first_segment_array.shape(0));
    check_range(first, last,
                check_offsets(first_segments, static_cast<std::size_t>(holder.rows()), "first_segments"));
    if (width < 1 || width > size || size > 1 << 24) throw nb::value_error("size: of no window");
    const Texts& segments = holder.texts();
    const i64 begin = first_segments[static_cast<std::size_t>(first)];
    const i64 end = first_segments[static_cast<std::size_t>(last)];
    GrowingArray<i64> token_counts(static_cast<std::size_t>(end - begin));
    Winnower winnower(size, width);
    nb::gil_scoped_release release;
    RowHasher hasher(segments, begin, end);
    const RowBatch scratch = hasher.batch();
    auto row = static_cast<std::size_t>(first);
    if (begin < end) winnower.begin_row(within_only ? row : 0);
    for (i64 segment = begin; segment < end;) {
        const i64 until = end_of_batch(segments, segment, end);
        kernels_in_use().hash_tokens(segments, segment, until, scratch.tokens, scratch.shingles, scratch.ends, nullptr);
        for (const i64 from = segment; segment < until; ++segment) {
            const i64 *ends = scratch.ends + (segment - from), count = ends[1] - ends[0];
            token_counts.data()[segment - begin] = count;
            if (first_segments[row + 1] <= segment) {
                while (first_segments[row + 1] <= segment) ++row;
                winnower.begin_row(within_only ? row : 0);
            }
            winnower.add({scratch.tokens + ends[0], static_cast<std::size_t>(count)});
        }
    }
    Records& records = winnower.records();
    return {std::move(token_counts), std::move(records.hashes), std::move(records.starts), std::move(records.counts)};
}
}  // namespace

void bind_winnow(nb::module_& m) {
    m.def("winnow", &winnow, "segments"_a, "first_segments"_a, "first"_a, "last"_a, "size"_a, "width"_a,
          "within_only"_a);
}
}  // namespace dedup
