// Kept rows by the keys of their sketch: short lists, which only grow.
#pragma once
#include <new>

#include "grown.hpp"

namespace dedup {
// The lists, by the numbers of their keys; a list of one row is that row. A longer one is in the pool, where its room
// is the next power of two; when that is used up it moves, so a list is always in one piece, and a quarter of the pool
// is in use at least.
class Postings {
   public:
    // `lists` are zeros, one a number.
    Postings(std::span<u64> lists, std::span<u32> pool) : lists_(lists), pool_(pool) {}

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
    void enter(u32 key, u32 row, u64 full) {
        u64 length = lists_[key] >> 32;
        u64 begin = static_cast<u32>(lists_[key]);
        if (length == 0) {
            lists_[key] = u64{1} << 32 | row;
            return;
        }
        const u32 last = length == 1 ? static_cast<u32>(begin) : pool_.data()[begin + length - 1];
        if (last == row || length == full) return;
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

    // Brings the lists of some keys into the cache before they are needed.
    void fetch(std::span<const u32> keys) const {
        for (const u32 key : keys) __builtin_prefetch(lists_.data() + key);
    }

   private:
    std::span<u64> lists_;
    Grown<u32> pool_;
};
}  // namespace dedup
