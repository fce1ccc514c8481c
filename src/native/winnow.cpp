// The smallest shingle of each window: equal windows have it at the same place (Schleimer, Wilkerson and Aiken 2003,
// "Winnowing: local algorithms for document fingerprinting"). Windows with one and the same smallest shingle lie in a
// row; what is noted is each such row. Of shingles of w tokens, two in k - w + 2 are the smallest of a window of k.
#include <bit>

#include "segments.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
// Smallest shingles, the first window that each is the smallest of, and how many there are.
struct Noted {
    std::vector<u64> hashes;
    std::vector<i64> starts;
    std::vector<u32> lengths;
};

struct Shingle {
    u64 hash;
    i64 place;
};

// Shingles come in blocks of as many as a window has, so the smallest of a window is that of the end of one block, or
// that of the beginning of the next one (van Herk 1992, Gil and Werman 1993): a queue would mispredict most branches.
class Winnower {
   public:
    // Windows of so many tokens, shingles of a width.
    Winnower(i64 size, i64 width)
        : size_(size), width_(width), factor_(rolling_power(width)),
          ring_(std::bit_ceil(static_cast<std::size_t>(width))), block_(static_cast<std::size_t>(size - width + 1)) {}

    // Begins a row. Its salt is mixed into what is noted: two rows never get one hash for one shingle.
    void begin_row(u64 salt) { begin_ = token_, salt_ = salt, rolled_ = 0, in_block_ = 0, last_ = -1; }

    // Goes on with some tokens of the row.
    void take(std::span<const u64> tokens) {
        const std::size_t width = static_cast<std::size_t>(width_), mask = ring_.size() - 1;
        u64 *ring = ring_.data(), value = rolled_;
        for (const u64 token : tokens) {
            const auto at = static_cast<std::size_t>(token_);
            const i64 known = ++token_ - begin_;  // tokens of the row up to this one
            value = value * ROLLING_BASE + token;
            if (known > width_) value -= ring[(at - width) & mask] * factor_;
            ring[at & mask] = token;
            if (known < width_) continue;
            const Shingle smallest = smallest_with({mix(value), token_ - width_});
            if (known >= size_) note(smallest, token_ - size_);
        }
        rolled_ = value;
    }
    Noted& noted() { return noted_; }

   private:
    // Adds a shingle, and returns the smallest one of the window that it ends, the first of equal ones. Before the
    // first window of a row is full it means nothing.
    Shingle smallest_with(Shingle shingle) {
        smallest_ = in_block_ > 0 && smallest_.hash <= shingle.hash ? smallest_ : shingle;
        block_[in_block_++] = shingle;
        if (in_block_ < block_.size()) return block_[in_block_].hash <= smallest_.hash ? block_[in_block_] : smallest_;
        for (std::size_t place = in_block_ - 1; place-- > 0;)
            if (block_[place].hash > block_[place + 1].hash) block_[place] = block_[place + 1];
        in_block_ = 0;
        return smallest_;
    }

    void note(Shingle smallest, i64 window) {
        if (smallest.place == last_) {
            ++noted_.lengths.back();
            return;
        }
        last_ = smallest.place;
        noted_.hashes.push_back(smallest.hash ^ salt_), noted_.starts.push_back(window), noted_.lengths.push_back(1);
    }

    const i64 size_, width_;
    const u64 factor_;
    std::vector<u64> ring_;       // the last tokens
    std::vector<Shingle> block_;  // those of the block that were met, then the smallest from each one of the last on
    Shingle smallest_{};          // of those that were met
    std::size_t in_block_ = 0;    // how many were met
    i64 token_ = 0, begin_ = 0, last_ = -1;  // the next token, the first one of the row, and what was noted last
    u64 rolled_ = 0, salt_ = 0;
    Noted noted_;
};

std::tuple<Room<i64>, std::vector<u64>, std::vector<i64>, std::vector<u32>> winnow(
    const TextsHolder& holder, const Array<i64>& given, i64 first, i64 last, i64 size, i64 width, bool apart) {
    const std::span<const i64> owners(given.data(), given.shape(0));
    check_range(first, last, check_offsets(owners, static_cast<std::size_t>(holder.rows()), "owners"));
    if (width < 1 || width > size || size > 1 << 24) throw nb::value_error("size: of no window");
    const Texts& pieces = holder.texts();
    const i64 begin = owners[static_cast<std::size_t>(first)], end = owners[static_cast<std::size_t>(last)];
    Room<i64> counts(static_cast<std::size_t>(end - begin));
    Winnower winnower(size, width);
    nb::gil_scoped_release release;
    Workshop workshop(pieces, begin, end);
    const Piece scratch = workshop.piece();
    auto row = static_cast<std::size_t>(first);
    if (begin < end) winnower.begin_row(apart ? row : 0);
    for (i64 piece = begin; piece < end;) {
        const i64 until = end_of_piece(pieces, piece, end);
        kernels_in_use().hash_tokens(pieces, piece, until, scratch.tokens, scratch.shingles, scratch.ends, nullptr);
        for (const i64 from = piece; piece < until; ++piece) {
            const i64 *ends = scratch.ends + (piece - from), count = ends[1] - ends[0];
            counts.data()[piece - begin] = count;
            if (owners[row + 1] <= piece) {
                while (owners[row + 1] <= piece) ++row;
                winnower.begin_row(apart ? row : 0);
            }
            winnower.take({scratch.tokens + ends[0], static_cast<std::size_t>(count)});
        }
    }
    Noted& noted = winnower.noted();
    return {std::move(counts), std::move(noted.hashes), std::move(noted.starts), std::move(noted.lengths)};
}
}  // namespace

void bind_winnow(nb::module_& m) {
    m.def("winnow", &winnow, "pieces"_a, "owners"_a, "first"_a, "last"_a, "size"_a, "width"_a, "apart"_a);
}
}  // namespace dedup
