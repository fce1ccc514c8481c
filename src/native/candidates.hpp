// Which kept rows a row is compared with: those that share enough of its keys. The specification is matching/candidates.py.
#pragma once
#include <new>

#include "arrays.hpp"

namespace dedup {
// The lists, by the numbers of their keys; a list of one row is that row. A longer one is in the pool, where its room
// is the next power of two; when that is used up it moves, so a list is always in one piece, and a quarter of the pool
// is in use at least.
class Postings {
   public:
    // `lists` are zeros, one a number. A key takes no more than `full` rows.
    Postings(std::span<u64> lists, std::span<u32> pool, i64 full)
        : lists_(lists), pool_(pool), full_(static_cast<u64>(full)) {
        if (full < 1) throw nb::value_error("full: less than 1");
    }

    i64 length(u32 key) const { return static_cast<i64>(lists_[key] >> 32); }

    // Calls a function with the rows of a list, so many at most.
    template <class Take>
    void for_rows(u32 key, i64 most, Take take) const {
        const u64 list = lists_[key];
        const u32 begin = static_cast<u32>(list);
        if (list >> 32 == 1) {
            if (most > 0) take(begin);
            return;
        }
        const u32* rows = pool_.data() + begin;
        for (const u32* end = rows + std::min(static_cast<i64>(list >> 32), most); rows < end; ++rows) take(*rows);
    }

    // Enters a row under a key, unless that has as many as it takes.
    void enter(u32 key, u32 row) {
        u64 length = lists_[key] >> 32;
        u64 begin = static_cast<u32>(lists_[key]);
        if (length == 0) {
            lists_[key] = u64{1} << 32 | row;
            return;
        }
        const u32 last = length == 1 ? static_cast<u32>(begin) : pool_.data()[begin + length - 1];
        if (last == row || length == full_) return;
        if ((length & (length - 1)) == 0) {  // its room is used up
            const u64 moved = pool_.take(2 * length);
            if (moved > ~u32{0}) throw std::bad_alloc();  // a place has 32 bits
            u32* pool = pool_.data();
            if (length == 1)
                pool[moved] = static_cast<u32>(begin);
            else
                std::copy_n(pool + begin, length, pool + moved);
            begin = moved;
        }
        pool_.data()[begin + length] = row;
        lists_[key] = (length + 1) << 32 | begin;
    }

    // Enters a row until the trial ends.
    void enter_on_trial(u32 key, u32 row) {
        if (before_.empty()) used_before_ = pool_.size();
        before_.emplace_back(key, lists_[key]);
        enter(key, row);
    }

    // Takes out what was entered on trial. A list that moved still has its rows in its place before.
    void end_trial() {
        if (!before_.empty()) pool_.cut(used_before_);
        for (; !before_.empty(); before_.pop_back()) lists_[before_.back().first] = before_.back().second;
    }

    // Brings the lists of some keys into the cache before they are needed.
    void fetch(std::span<const u32> keys) const {
        for (const u32 key : keys) __builtin_prefetch(lists_.data() + key);
    }

   private:
    std::span<u64> lists_;
    Room<u32> pool_;
    u64 full_;
    std::vector<std::pair<u32, u64>> before_;  // keys that were entered on trial, and their lists before
    std::size_t used_before_ = 0;              // of the pool
};

// Numbers of keys, by the turns in which rows are taken.
class TakenKeys {
   public:
    TakenKeys() = default;
    TakenKeys(Held& held, const nb::object& taken, std::size_t rows, i64 numbers);
    std::span<const u32> of(i64 turn) const {
        return keys_.subspan(static_cast<std::size_t>(offsets_[turn]),
                             static_cast<std::size_t>(offsets_[turn + 1] - offsets_[turn]));
    }

   private:
    std::span<const u32> keys_;
    const i64* offsets_ = nullptr;
};

struct Sketches {
    // Refuses what does not fit together.
    Sketches(Held& held, const nb::object& sketches);

    i64 rows = 0;
    std::span<const i64> counts;   // (n,): tokens
    std::span<const i64> order;    // (n,): rows as they are taken
    std::span<const i64> leader;   // (n,): the first row taken with the same tokens
    TakenKeys probes, entries;     // what a row is looked up by, and found under once it is kept
    i64 numbers = 0;               // of keys
    std::span<const i64> found;    // (n,): probes of a row, those too that no row is entered under
    std::span<const i64> needed;   // (n,): probes that a candidate must share
    std::span<const i64> of_rest;  // or so many of those that list all their rows, by the number of these
    i64 whole = 0;                 // tokens of a row that is looked up by all its keys, at most
};

// How similar rows are, and which candidates are compared: matching.matcher.Limits.
struct Limits {
    nb::handle limits;
    double threshold = constant<double>(limits, "threshold");
    bool contained = constant<bool>(limits, "contained");  // or by Jaccard similarity
    i64 full = constant<i64>(limits, "full");              // a key that so many kept rows have says little
    i64 compared = constant<i64>(limits, "compared");  // candidates, those that share most keys; all of them for 0
    i64 listed = constant<i64>(limits, "listed");  // rows of a list that count for a row looked up by all its keys
};

class CandidateLookup {
   public:
    // `hits` are zeros, one a row.
    CandidateLookup(const Sketches& sketches, const Postings& postings, const Limits& limits, std::span<u32> hits);

    // Finds the candidates of a row: those that share most keys first, if they are bounded.
    std::span<u32> find(i64 turn, i64 row);

    // Of the first candidate, if they are bounded: how many keys it shares, of a row that is looked up by all.
    i64 most_shared() const { return static_cast<i64>(ranked_[0] >> 32); }

   private:
    static constexpr int CLASSES = 128;    // of lengths: four where it doubles
    static constexpr u32 UPPER = 1 << 16;  // counts in the upper half of a number

    void look_up_sample(i64 turn, i64 row);
    void look_up_all(i64 turn, i64 row);
    void rank(u64 hits, u32 row);
    void meet(u32 other, u32 weight) {
        met_[count_] = other;
        count_ += hits_[other] == 0;
        hits_[other] += weight;
    }
    std::span<u32> met() const { return {met_.get(), count_}; }
    void sort_by_length(std::span<const u32> probes);
    std::size_t class_of(u32 key) const;
    void leave(i64 least, u32 more);

    const Sketches& sketches_;
    const Postings& postings_;
    const Limits& limits_;
    std::span<u32> hits_;       // zeros between two rows
    std::unique_ptr<u32[]> met_;  // rows that were met, with room for one more than there can be,
    std::size_t count_ = 0;
    std::vector<u64> ranked_;   // and those with the most hits
    std::vector<u32> keys_;     // of a row that is looked up by all: from the shortest list to the longest, about
};
}  // namespace dedup
