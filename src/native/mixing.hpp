// The mixer of 64 bits that all hashes share; level.cpp has its own, as its head says why.
#pragma once
#include "types.hpp"

namespace dedup {
// SplitMix64's finalizer, as mixing.mix64.
static constexpr u64 mixed(u64 value) {
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}
}  // namespace dedup
