// Fingerprints of rows, and the representative of each group of exact copies: dedup/matching/exact_copies.py.
#include "row_hasher.hpp"

namespace dedup {
namespace {
constexpr std::size_t SLOTS_AHEAD = 16;  // rows whose slots are prefetched; fingerprints are prefetched twice as early

void fingerprint_rows(const TextsHolder& holder, i64 first, i64 last, const Table<u64>& fingerprint_keys,
                      const OutputArray<i64>& counts, const OutputTable<u64>& fingerprints) {
    const Texts& texts = holder.checked(first, last);
    const auto rows = static_cast<std::size_t>(last);
    if (counts.shape(0) < rows || fingerprints.shape(0) < rows || fingerprints.shape(1) != 2)
        throw nb::value_error("fingerprints: of another shape");
    FingerprintWriter writer(fingerprint_keys, counts.data() + first, fingerprints.data() + 2 * first);
    nb::gil_scoped_release release;
    RowHasher(texts, first, last).for_rows([&](i64, std::span<const u64> tokens, std::span<u64>) {
        writer.write(tokens);
    });
}

// Finds the representatives of the next rows in processing order. `table` is a hash table of rows by the lower bits of
// their fingerprints, with -1 in free slots.
void find_representatives(const Array<i64>& order, const Array<i64>& counts, const Table<u64>& fingerprints,
                          const OutputArray<i64>& table, const OutputArray<i64>& representative) {
    const std::size_t rows = counts.shape(0), slots = table.shape(0), steps = order.shape(0);
    if (fingerprints.shape(0) != rows || fingerprints.shape(1) != 2 || representative.shape(0) != rows)
        throw nb::value_error("fingerprints: of another shape");
    if (slots <= rows || (slots & (slots - 1)) != 0) throw nb::value_error("table: of another size");
    const i64* row_at = order.data();
    check_numbers({row_at, steps}, static_cast<i64>(rows), "order");
    nb::gil_scoped_release release;
    const auto fingerprint_of = [all = fingerprints.data()](i64 row) { return all + 2 * row; };
    i64* first = table.data();
    for (std::size_t step = 0; step < steps; ++step) {
        if (step + 2 * SLOTS_AHEAD < steps) {
            __builtin_prefetch(fingerprint_of(row_at[step + 2 * SLOTS_AHEAD]));
            __builtin_prefetch(counts.data() + row_at[step + 2 * SLOTS_AHEAD]);
        }
        if (step + SLOTS_AHEAD < steps)
            __builtin_prefetch(first + (fingerprint_of(row_at[step + SLOTS_AHEAD])[0] & (slots - 1)));
        const i64 row = row_at[step];
        if (counts.data()[row] == 0) continue;
        const u64* fingerprint = fingerprint_of(row);
        const std::size_t start = fingerprint[0] & (slots - 1);
        std::size_t slot = start;
        while (first[slot] >= 0) {
            if (first[slot] >= static_cast<i64>(rows)) throw nb::index_error("table: beyond the rows");
            if (std::equal(fingerprint, fingerprint + 2, fingerprint_of(first[slot]))) break;
            slot = (slot + 1) & (slots - 1);
            if (slot == start) throw nb::value_error("table: full");
        }
        if (first[slot] < 0) first[slot] = row;
        representative.data()[row] = first[slot];
    }
}
}  // namespace

void bind_exact_copies(nb::module_& m) {
    m.def("fingerprint_rows", &fingerprint_rows, "texts"_a, "first"_a, "last"_a, "fingerprint_keys"_a, "counts"_a,
          "fingerprints"_a);
    m.def("find_representatives", &find_representatives, "order"_a, "counts"_a, "fingerprints"_a, "table"_a,
          "representative"_a);
}
}  // namespace dedup
