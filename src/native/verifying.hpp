// The exact similarity of a row and its candidates, by the sets of their shingles.
#pragma once
#include <bit>

#include "counter.hpp"
#include "workshop.hpp"

namespace dedup {
// A set of values that is filled anew each time.
class HashSet {
   public:
    // Makes it the set of some values; returns how many different ones there are.
    i64 fill(std::span<const u64> values) {
        marks_.clear(std::max(LEAST, SPARSE * values.size())), members_.clear(), mark_ = 1;
        for (const u64 value : values)
            if (u32& mark = marks_[value]; mark == 0) mark = mark_, members_.push_back(value);
        return static_cast<i64>(members_.size());
    }

    // Counts the different values of a row that it has.
    i64 count_shared(std::span<const u64> values) {
        i64 shared = 0;
        ++mark_;
        for (const u64 value : values)
            if (u32* mark = marks_.find(value); mark && *mark != mark_) *mark = mark_, ++shared;
        return shared;
    }

    // The different values, as they came.
    std::span<const u64> members() const { return members_; }

   private:
    static constexpr std::size_t LEAST = 1 << 9, SPARSE = 8;  // room, so that a search ends at once, as is foreseen
    Counter marks_;  // of each value, the last count that met it
    std::vector<u64> members_;
    u32 mark_ = 0;
};

// The shingles of rows that were compared lately, with repetitions, in a ring: the latest push out the oldest. So a row
// that is met often is not hashed each time. Before the shingles of a row stands a Bloom filter of them, one bit each.
class Recent {
   public:
    // `starts` are -1, one a row.
    Recent(std::span<u64> values, std::span<i64> starts) : values_(values), starts_(starts) {}
    // The filter of a row, behind which its shingles stand; null if they are not there.
    const u64* of(u32 row) const {
        const i64 start = starts_[row], room = static_cast<i64>(values_.size());
        return start >= 0 && written_ - start <= room ? values_.data() + start % room : nullptr;
    }
    void note(u32 row, std::span<const u64> shingles);
    // Brings the place of the shingles of a row into the cache before it is needed.
    void fetch(u32 row) const { __builtin_prefetch(&starts_[row]); }
    // Words of the filter of so many shingles, a power of two: eight bits or more for each.
    static std::size_t words_of(std::size_t size) { return std::bit_ceil(size / 8 + 1); }
    // The bit of a shingle in its word, which the lower bits of the shingle tell.
    static u64 bit_of(u64 value) { return u64{1} << (value >> 58); }

   private:
    static constexpr std::size_t PART = 64;  // of the room, which one row may take
    std::span<u64> values_;
    std::span<i64> starts_;  // where those of a row were written, counted on and on
    i64 written_ = 0;
};

// The sets of large rows, kept for those that meet them again: end to end, in open addressing; 0 is a free slot. Before
// each stands its size, a power of two.
class Library {
   public:
    // `starts` are -1, one a row; below, they count how often a row was read without a set.
    Library(std::span<u64> slots, std::span<i64> starts) : slots_(slots), most_(slots.size()), starts_(starts) {}
    bool has(u32 row) const { return starts_[row] >= 0; }
    // Whether the set of a row that was read, of so many shingles, is to be kept; it was compared with one of so many.
    bool belongs(u32 row, i64 size, i64 smallest);
    void add(u32 row, std::span<const u64> shingles);
    // Counts the members that the set of a row has. Where it can no longer be `least` of them, the count is given up,
    // and less is returned.
    i64 shared(u32 row, std::span<const u64> members, double least) const;

   private:
    static constexpr i64 LARGE = 1 << 13;  // shingles of a row whose set is kept as soon as it is compared
    static constexpr i64 LARGER = 8;       // with one that has so many times fewer,
    static constexpr i64 OFTEN = 1 << 10;  // and of one that was read for others
    static constexpr i64 READ = 2;         // so many times
    Room<u64> slots_;
    std::size_t most_;  // slots that sets of rows may have which are kept as they were read often
    std::span<i64> starts_;
};

// What a row was compared with.
struct Pair {
    u32 row;
    double similarity;
    int is_exempt = -1;  // by the rule of numeric variants; -1 as long as nobody asked
};
using Compared = std::vector<Pair>;
inline Pair* find(Compared& compared, i64 row) {
    const auto found = std::find_if(compared.begin(), compared.end(), [=](const Pair& pair) { return pair.row == row; });
    return found == compared.end() ? nullptr : &*found;
}

class Verifier {
   public:
    // `tables` are one value a row, but for the ring and the slots of the library.
    Verifier(Held& held, const nb::object& tables, const TextsHolder& holder, std::span<const i64> counts,
             double threshold, bool contained);

    // Finds the similarity of a row to each of its candidates. It is 0 for those that are too short to be similar,
    // and, where the best one only is wanted, for those that cannot be better than one of similarity 1; below the
    // threshold it may be less than it is. Those that are `known` are not compared; the others become so. It may be null.
    std::span<double> compare(i64 row, std::span<const u32> candidates, bool best_only, Compared* known);

   private:
    double similarity(i64 own, u32 other, i64 size);
    bool cannot_contain(std::span<const u64> filter) const;
    std::span<const u64> read(i64 row);
    // Tells by the sizes alone: no more can be shared than the smaller of two rows has.
    bool is_unlike(i64 own, i64 size, i64 distinct) const {
        return static_cast<double>(size) / static_cast<double>(own) < threshold_ ||
               (!contained_ && distinct > 0 && static_cast<double>(own) / static_cast<double>(distinct) < threshold_);
    }

    const TextsHolder& holder_;
    const Texts& texts_;
    std::span<const i64> counts_;
    double threshold_;
    bool contained_;
    Workshop workshop_;
    HashSet mine_, theirs_;  // of the row that is compared, and of another, to count its different shingles
    std::span<u32> distinct_;  // different shingles of a row, 0 as long as nobody asked
    Recent recent_;
    Library library_;
    std::vector<double> scores_;
};
}  // namespace dedup
