// Candidates: the kept rows that a row is compared with, as dedup/matching/candidates.py specifies them.
#pragma once
#include <array>
#include <bit>
#include <new>

#include "arrays.hpp"

namespace dedup {
// The posting lists, by key. The list of one row is that row itself. A longer list lies in the pool, and its room is
// the next power of two. When the room is full the list moves, so a list is always contiguous. Another list takes its
// former place.
class PostingLists {
   public:
    // `lists` are zeros, one a key. A list takes no more than `capacity` rows.
    PostingLists(std::span<u64> lists, std::span<u32> pool, i64 capacity)
        : lists_(lists), pool_(pool), capacity_(static_cast<u64>(capacity)) {
        if (capacity < 1) throw nb::value_error("list_capacity: less than 1");
    }

    i64 length(u32 key) const { return static_cast<i64>(lists_[key] >> 32); }

    // Calls a function with the first rows of a list, at most `count`.
    template <class Take>
    void for_rows(u32 key, i64 count, Take take) const {
        const u64 list = lists_[key];
        const u32 begin = static_cast<u32>(list);
        if (list >> 32 == 1) {
            if (count > 0) take(begin);
            return;
        }
        const u32* rows = pool_.data() + begin;
        for (const u32* end = rows + std::min(static_cast<i64>(list >> 32), count); rows < end; ++rows) take(*rows);
    }

    // Appends a row to a list, unless the list has as many rows as it takes.
    void insert(u32 key, u32 row) {
        u64 length = lists_[key] >> 32;
        u64 begin = static_cast<u32>(lists_[key]);
        if (length == 0) {
            lists_[key] = u64{1} << 32 | row;
            return;
        }
        const u32 last = length == 1 ? static_cast<u32>(begin) : pool_.data()[begin + length - 1];
        if (last == row || length == capacity_) return;
        if ((length & (length - 1)) == 0) {  // its room is full
            const u64 moved = room_for(2 * length);
            if (moved > ~u32{0}) throw std::bad_alloc();  // a place has 32 bits
            u32* pool = pool_.data();
            if (length == 1)
                pool[moved] = static_cast<u32>(begin);
            else
                std::copy_n(pool + begin, length, pool + moved);
            if (length > 1 && before_.empty()) free_rooms_[room_class(length)].push_back(static_cast<u32>(begin));
            begin = moved;
        }
        pool_.data()[begin + length] = row;
        lists_[key] = (length + 1) << 32 | begin;
    }

    // Inserts a row until `roll_back`.
    void insert_tentatively(u32 key, u32 row) {
        if (before_.empty()) pool_size_before_ = pool_.size();
        before_.emplace_back(key, lists_[key]);
        insert(key, row);
    }

    // Removes the rows that were inserted tentatively. A list that moved still has its rows in its former place.
    void roll_back() {
        if (!before_.empty()) pool_.truncate(pool_size_before_);
        for (; !before_.empty(); before_.pop_back()) lists_[before_.back().first] = before_.back().second;
    }

    // Prefetches the lists of some keys.
    void fetch(std::span<const u32> keys) const {
        for (const u32 key : keys) __builtin_prefetch(lists_.data() + key);
    }

   private:
    static std::size_t room_class(u64 size) { return static_cast<std::size_t>(std::countr_zero(size)); }

    // Returns a place in the pool: that of a list that has moved, or a new one. Lists that moved tentatively go back.
    u64 room_for(u64 size) {
        std::vector<u32>& places = free_rooms_[room_class(size)];
        if (places.empty() || !before_.empty()) return pool_.append(size);
        const u64 place = places.back();
        places.pop_back();
        return place;
    }

    std::span<u64> lists_;  // the length in the upper half, the place in the pool (or the row) in the lower half
    GrowingArray<u32> pool_;
    std::array<std::vector<u32>, 64> free_rooms_;  // places of lists that have moved, by the logarithm of their room
    u64 capacity_;
    std::vector<std::pair<u32, u64>> before_;  // the keys of tentative insertions, and their lists before
    std::size_t pool_size_before_ = 0;
};

// The keys of rows in processing order: those of `order[step]`.
class OrderedKeys {
   public:
    OrderedKeys() = default;
    OrderedKeys(HeldObjects& held, const nb::object& ordered, std::size_t rows, i64 key_count);
    // Throws if the keys of some steps are out of range.
    void check(i64 first, i64 last) const;
    std::span<const u32> at(i64 step) const {
        const auto at = static_cast<std::size_t>(step);
        return keys_.subspan(static_cast<std::size_t>(offsets_[at]),
                             static_cast<std::size_t>(offsets_[at + 1] - offsets_[at]));
    }

   private:
    std::span<const u32> keys_;
    std::span<const i64> offsets_;
    i64 key_count_ = 0;
};

// The rows to match, by the keys that they share: dedup/matching/shared_keys.py.
// The arrays may be mapped from files, so their values are not checked all at once.
struct SharedKeys {
    // Throws if the sizes of the arrays do not fit each other.
    SharedKeys(HeldObjects& held, const nb::object& keys);

    // Throws if a value of the rows `order[first]` up to `order[last]` is out of range. Call it before these are used.
    void check(i64 first, i64 last) const;

    i64 rows = 0;
    std::span<const i64> counts;          // (n,): tokens
    std::span<const i64> order;           // (n,): rows in processing order
    std::span<const i64> representative;  // (n,): first row, in processing order, of its group of exact copies
    OrderedKeys query_keys;               // by which a row is looked up
    OrderedKeys posting_keys;             // under which a row is inserted once it is kept
    i64 key_count = 0;                    // the keys are numbers below it
    std::span<const i64> sketch_sizes;    // (n,): query keys of a row, with those that no row is inserted under
    std::span<const i64> min_shared;      // (n,): query keys that a candidate must share
    std::span<const i64> min_shared_uncapped;  // or so many of the uncapped ones, by the number of these
    i64 exhaustive_tokens = 0;                 // a row with no more tokens is looked up by all its keys

    bool is_exhaustive(i64 row) const { return counts[static_cast<std::size_t>(row)] <= exhaustive_tokens; }
};

// The threshold, whether the measure is containment, and the caps: MatchSettings in dedup/matching/keep_first.py.
struct MatchSettings {
    nb::handle settings;
    double threshold = constant<double>(settings, "threshold");
    bool by_containment = constant<bool>(settings, "by_containment");  // or by Jaccard similarity
    i64 max_postings = constant<i64>(settings, "max_postings");        // rows of a list that count: it is capped then
    i64 max_candidates = constant<i64>(settings, "max_candidates");    // those that share the most keys; 0 for all
    i64 max_exhaustive_postings = constant<i64>(settings, "max_exhaustive_postings");  // for an exhaustive lookup
};

class CandidateLookup {
   public:
    // `shared_counts` are zeros, one a row.
    CandidateLookup(const SharedKeys& keys, const PostingLists& postings, const MatchSettings& settings,
                    std::span<u32> shared_counts);

    // Returns the candidates of a row. If their number is capped, those that share the most keys come first.
    std::span<u32> find(i64 step, i64 row);

    // The keys that the first candidate shares, after an exhaustive lookup with a capped number of candidates.
    i64 most_shared() const { return static_cast<i64>(ranked_[0] >> 32); }

   private:
    static constexpr int LENGTH_CLASSES = 128;  // four where the length doubles
    static constexpr u32 UNCAPPED = 1 << 16;    // counts an uncapped key in the upper half of a number

    void find_by_sketch(i64 step, i64 row);
    void find_by_all_keys(i64 step, i64 row);
    void rank(u64 shared, u32 row);
    void count(u32 row, u32 weight) {
        found_[found_count_] = row;
        found_count_ += shared_counts_[row] == 0;
        shared_counts_[row] += weight;
    }
    std::span<u32> found() const { return {found_.get(), found_count_}; }
    void sort_by_length(std::span<const u32> keys);
    std::size_t length_class(u32 key) const;
    void drop_below(i64 min_shared, u32 surplus);

    const SharedKeys& keys_;
    const PostingLists& postings_;
    const MatchSettings& settings_;
    std::span<u32> shared_counts_;  // (n,): zeros between two lookups
    std::unique_ptr<u32[]> found_;  // rows that share a key; room for one more than there can be
    std::size_t found_count_ = 0;
    std::vector<u64> ranked_;          // the rows that share the most keys: the count, then the inverted row
    std::vector<u32> rarest_first_;    // the keys of an exhaustive lookup, by the length of their lists, roughly
};
}  // namespace dedup
