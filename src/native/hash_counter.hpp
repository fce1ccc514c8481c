// Counts of hashes, in a hash table with open addressing that is reused without being cleared.
#pragma once
#include <algorithm>
#include <bit>
#include <vector>

#include "types.hpp"

namespace dedup {
class HashCounter {
   public:
    // Sets all counts to 0, and makes room for `values` different hashes.
    void clear(std::size_t values) {
        const std::size_t size = std::bit_ceil(std::max(MIN_SLOTS, 2 * values));
        last_ = size - 1;
        ++round_;
        if (size > slots_.size() || round_ == 0) {
            slots_.assign(std::max(size, slots_.size()), Slot{});
            round_ = 1;
        }
    }

    // Returns how many different hashes fit. One slot always stays free.
    i64 room() const { return static_cast<i64>(last_); }

    // Returns the count of a hash, 0 at first.
    u32& operator[](u64 value) {
        Slot& slot = slots_[place_of(value)];
        if (slot.round != round_) slot = {value, round_, 0};
        return slot.count;
    }

    // Returns the count of a hash, or null if operator[] was not called for it.
    u32* find(u64 value) {
        Slot& slot = slots_[place_of(value)];
        return slot.round == round_ ? &slot.count : nullptr;
    }

   private:
    struct Slot {
        u64 value = 0;
        u32 round = 0, count = 0;  // the slot is empty if its round is not the current one
    };
    static constexpr std::size_t MIN_SLOTS = 16;

    // The lower bits of a hash are its first slot.
    std::size_t place_of(u64 value) const {
        std::size_t place = value & last_;
        while (slots_[place].round == round_ && slots_[place].value != value) place = (place + 1) & last_;
        return place;
    }

    std::vector<Slot> slots_ = std::vector<Slot>(MIN_SLOTS);
    std::size_t last_ = MIN_SLOTS - 1;
    u32 round_ = 1;
};
}  // namespace dedup
