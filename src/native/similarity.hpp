// The exact similarity of a row and its candidates, by the sets of their shingles: the twin of
// dedup/matching/similarity.py.
#pragma once
#include <bit>

#include "hash_counter.hpp"
#include "row_hasher.hpp"

namespace dedup {
// A set of shingles that is filled anew for each row.
class ShingleSet {
   public:
    // Makes it the set of some values; returns the number of different ones.
    i64 fill(std::span<const u64> values) {
        marks_.clear(std::max(MIN_ROOM, ROOM_PER_VALUE * values.size())), members_.clear(), mark_ = 1;
        for (const u64 value : values)
            if (u32& mark = marks_[value]; mark == 0) mark = mark_, members_.push_back(value);
        return static_cast<i64>(members_.size());
    }

    // Counts the different values of a row that the set has.
    i64 count_shared(std::span<const u64> values) {
        i64 shared = 0;
        ++mark_;
        for (const u64 value : values)
            if (u32* mark = marks_.find(value); mark && *mark != mark_) *mark = mark_, ++shared;
        return shared;
    }

    // The different values, in the order of the text.
    std::span<const u64> members() const { return members_; }

   private:
    // With so much room nearly every search ends at the first slot, so its branch is predicted.
    static constexpr std::size_t MIN_ROOM = 1 << 9, ROOM_PER_VALUE = 8;
    HashCounter marks_;  // of each member, the number of the last call that counted it
    std::vector<u64> members_;
    u32 mark_ = 0;
};

// The shingles of rows that were compared lately, with repetitions, in a ring buffer: new rows overwrite the oldest. So
// a frequent candidate is not hashed each time. A Bloom filter of its shingles, one bit each, lies before those of each
// row.
class RecentShingles {
   public:
    // `starts` are -1, one a row.
    RecentShingles(std::span<u64> ring, std::span<i64> starts) : ring_(ring), starts_(starts) {}
    // Returns the filter of a row, with its shingles behind it; null if they are not in the ring.
    const u64* of(u32 row) const {
        const i64 start = starts_[row], room = static_cast<i64>(ring_.size());
        return start >= 0 && written_ - start <= room ? ring_.data() + start % room : nullptr;
    }
    void add(u32 row, std::span<const u64> shingles);
    // Prefetches where the shingles of a row are.
    void fetch(u32 row) const { __builtin_prefetch(&starts_[row]); }
    // Returns the words of a filter, a power of two with at least eight bits for each shingle.
    static std::size_t filter_words(std::size_t shingles) { return std::bit_ceil(shingles / 8 + 1); }
    // Returns the bit of a shingle in its word; the lower bits of the shingle choose the word.
    static u64 filter_bit(u64 value) { return u64{1} << (value >> 58); }

   private:
    static constexpr std::size_t MIN_ROWS = 64;  // in the ring: a larger row is not added
    std::span<u64> ring_;
    std::span<i64> starts_;  // (n,): where the shingles of a row were written, counted over all rounds of the ring
    i64 written_ = 0;
};

// The sets of large rows, kept for later comparisons: one after the other, in open addressing; 0 is a free slot. The
// size of a set, a power of two, lies before it.
class LargeSets {
   public:
    // `starts` are -1, one a row; lower values count how often a row was read without a set.
    LargeSets(std::span<u64> slots, std::span<i64> starts) : slots_(slots), max_slots_(slots.size()), starts_(starts) {}
    bool has(u32 row) const { return starts_[row] >= 0; }
    // Tells whether to keep the set of a row that was read, of `size` shingles, and compared with a row of
    // `other_size`.
    bool is_worth_keeping(u32 row, i64 size, i64 other_size);
    void add(u32 row, std::span<const u64> shingles);
    // Counts the members that the set of a row has. Stops once the count cannot reach `min_shared` any more, and
    // returns less.
    i64 count_shared(u32 row, std::span<const u64> members, double min_shared) const;

   private:
    static constexpr i64 LARGE_SHINGLES = 1 << 13;  // a larger row is kept once it is compared
    static constexpr i64 SIZE_RATIO = 8;            // with a row that has so many times fewer shingles
    static constexpr i64 MIN_SHINGLES = 1 << 10;    // a larger row is kept
    static constexpr i64 MIN_READS = 2;             // once it was read more often
    GrowingArray<u64> slots_;
    std::size_t max_slots_;  // for rows that are kept because they were read often
    std::span<i64> starts_;
};

// A candidate that a row was compared with.
struct ComparedRow {
    u32 row;
    double similarity;
    int is_exempt = -1;  // by the pair rule; -1 if it was not asked
};
using ComparedRows = std::vector<ComparedRow>;
inline ComparedRow* find(ComparedRows& compared, i64 row) {
    const auto is_row = [=](const ComparedRow& one) { return one.row == row; };
    const auto found = std::find_if(compared.begin(), compared.end(), is_row);
    return found == compared.end() ? nullptr : &*found;
}

class Similarities {
   public:
    // The arrays of `tables` have one value a row, except the ring and the slots of large sets.
    Similarities(HeldObjects& held, const nb::object& tables, const TextsHolder& holder, std::span<const i64> counts,
                 bool by_containment);

    // Returns the similarity of a row to each of its candidates. It is 0 for candidates that are too short to be
    // similar. If `best_only`, it is also 0 for those that cannot be better than one of similarity 1. Below the
    // threshold it may be too low; with a threshold of 0 all are exact. Rows in `compared` are not compared again, the
    // remaining rows are added to it; it may be null, and has comparisons with one threshold only.
    std::span<double> compare(i64 row, std::span<const u32> candidates, double threshold, bool best_only,
                              ComparedRows* compared);

   private:
    double similarity(i64 own_size, u32 candidate, i64 size, double threshold);
    bool cannot_contain(std::span<const u64> filter, double threshold) const;
    std::span<const u64> read(i64 row);
    // Tells from the sizes alone whether the threshold is out of reach: the smaller row limits the number of shared
    // shingles. This holds only for a measure that is at most the containment of the row, and of the candidate if it
    // is symmetric. The Dice coefficient is not. `set_size` is 0 if it is not known yet.
    bool is_too_short(i64 own_size, i64 size, i64 set_size, double threshold) const {
        return static_cast<double>(size) / static_cast<double>(own_size) < threshold ||
               (!by_containment_ && set_size > 0 &&
                static_cast<double>(own_size) / static_cast<double>(set_size) < threshold);
    }

    const Texts& texts_;
    RowReader reader_;
    std::span<const i64> counts_;
    bool by_containment_;
    RowHasher hasher_;
    ShingleSet row_set_, candidate_set_;
    std::span<u32> set_sizes_;  // (n,): different shingles of a row, 0 until they are counted
    RecentShingles recent_;
    LargeSets large_sets_;
    std::vector<double> scores_;
};
}  // namespace dedup
