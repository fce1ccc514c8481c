// What every sketch notes about a row: how many tokens it has, and a fingerprint of them.
#pragma once
#include "arrays.hpp"
#include "workshop.hpp"

namespace dedup {
// The factors of both halves of a fingerprint, (2, stride + 1): what reference.print_keys gives.
struct PrintKeys {
    explicit PrintKeys(const Table<u64>& table)
        : keys(table.data()), stride(static_cast<i64>(table.shape(1)) - 1) {
        if (table.shape(0) != 2 || stride < 1) throw nb::value_error("print_keys: of another shape");
    }
    const u64* keys;
    i64 stride;
};

// Notes one row after the other.
struct Description {
    PrintKeys print_keys;
    i64* counts;
    u64* prints;  // two a row

    void note(const u64* tokens, i64 count) {
        *counts++ = count;
        kernels_in_use().fingerprint(tokens, count, print_keys.keys, print_keys.stride, prints);
        prints += 2;
    }
};
}  // namespace dedup
