// Sets of values in open addressing, emptied by counting up a generation.
#pragma once
#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "types.hpp"

namespace dedup {
class HashSet {
   public:
    // Makes it the set of some values; returns how many different ones there are.
    template <class T>
    i64 fill(std::span<const T> values) {
        make_room(values.size());
        if (++generation_ == 0) clear(), generation_ = 1;
        const std::size_t last = slots_.size() - 1;
        members_.clear();
        for (const u64 value : values) {
            std::size_t at = value & last;
            while (slots_[at].generation == generation_ && slots_[at].value != value) at = (at + 1) & last;
            if (slots_[at].generation == generation_) continue;
            slots_[at].generation = generation_, slots_[at].value = value;
            members_.push_back(value);
        }
        return static_cast<i64>(members_.size());
    }

    // Counts the different values of a row that it has.
    template <class T>
    i64 count_shared(std::span<const T> values) {
        if (++mark_ == 0) {
            for (Slot& slot : slots_) slot.mark = 0;
            mark_ = 1;
        }
        Slot* slots = slots_.data();
        const std::size_t last = slots_.size() - 1;
        i64 shared = 0;
        for (const u64 value : values) {
            std::size_t at = value & last;
            while (slots[at].generation == generation_ && slots[at].value != value) at = (at + 1) & last;
            if (slots[at].generation != generation_ || slots[at].mark == mark_) continue;
            slots[at].mark = mark_;
            ++shared;
        }
        return shared;
    }

    // The different values, as they came.
    std::span<const u64> members() const { return members_; }

   private:
    struct Slot {
        u64 value;
        u32 generation, mark;  // taken if the generation is the current one; the last count that met it
    };
    static constexpr std::size_t LEAST = 1 << 10;  // slots that are never too many

    // Three times as many slots as values are free, so that few searches go on. A set that is much too large
    // goes, too, since its slots are walked.
    void make_room(std::size_t size) {
        if (4 * size <= slots_.size() && slots_.size() <= std::max(LEAST, 64 * size)) return;
        slots_ = std::vector<Slot>(std::bit_ceil(std::max<std::size_t>(4 * size, 64)));
        generation_ = mark_ = 0;
    }
    void clear() { std::fill(slots_.begin(), slots_.end(), Slot{}); }

    std::vector<Slot> slots_ = std::vector<Slot>(64);
    std::vector<u64> members_;
    u32 generation_ = 0, mark_ = 0;
};
}  // namespace dedup
