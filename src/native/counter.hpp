// A number for each of some hashes, in an open table that is used again.
#pragma once
#include <algorithm>
#include <bit>
#include <vector>

#include "types.hpp"

namespace dedup {
class Counter {
   public:
    // Forgets all values, and makes room for so many.
    void clear(std::size_t values) {
        const std::size_t size = std::bit_ceil(std::max(LEAST, 2 * values));
        last_ = size - 1;
        ++turn_;
        if (size > slots_.size() || turn_ == 0) {
            slots_.assign(std::max(size, slots_.size()), Slot{});
            turn_ = 1;
        }
    }

    // More values than this it cannot take: one place is free.
    i64 room() const { return static_cast<i64>(last_); }

    // The number of a value, which is 0 at first.
    u32& operator[](u64 value) {
        Slot& slot = slots_[place_of(value)];
        if (slot.turn != turn_) slot = {value, turn_, 0};
        return slot.count;
    }

    // The same; null of a value that was never asked for.
    u32* find(u64 value) {
        Slot& slot = slots_[place_of(value)];
        return slot.turn == turn_ ? &slot.count : nullptr;
    }

   private:
    struct Slot {
        u64 value = 0;
        u32 turn = 0, count = 0;  // what was written in another turn is forgotten
    };
    static constexpr std::size_t LEAST = 16;

    // Values are hashes already: their lower bits are as good as any.
    std::size_t place_of(u64 value) const {
        std::size_t place = value & last_;
        while (slots_[place].turn == turn_ && slots_[place].value != value) place = (place + 1) & last_;
        return place;
    }

    std::vector<Slot> slots_ = std::vector<Slot>(LEAST);
    std::size_t last_ = LEAST - 1;
    u32 turn_ = 1;
};
}  // namespace dedup
