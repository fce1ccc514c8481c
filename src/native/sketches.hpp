// What the sketches of rows say, as matching/shared_keys.py has it.
#pragma once
#include "arrays.hpp"

namespace dedup {
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
}  // namespace dedup
