// Fingerprints of rows, and rows with the same: of exact copies the first one taken leads the others.
#include "workshop.hpp"

namespace dedup {
namespace {
constexpr std::size_t AHEAD = 16;  // rows whose slots are fetched before they are searched; their fingerprints, twice

void print_rows(const TextsHolder& holder, i64 first, i64 last, const Table<u64>& print_keys,
                const Written<i64>& counts, const WrittenTable<u64>& prints) {
    const Texts& texts = holder.checked(first, last);
    const auto rows = static_cast<std::size_t>(last);
    if (counts.shape(0) < rows || prints.shape(0) < rows || prints.shape(1) != 2)
        throw nb::value_error("prints: of another shape");
    Description description(print_keys, counts.data() + first, prints.data() + 2 * first);
    nb::gil_scoped_release release;
    Workshop(texts, first, last).for_rows([&](i64, std::span<const u64> tokens, std::span<u64>) {
        description.note(tokens);
    });
}

// Goes on with the next rows. `table` has rows by the lower bits of their fingerprints, -1 where there is none.
void lead_rows(const Array<i64>& order, const Array<i64>& counts, const Table<u64>& prints,
               const Written<i64>& table, const Written<i64>& leader) {
    const std::size_t rows = counts.shape(0), slots = table.shape(0), taken = order.shape(0);
    if (prints.shape(0) != rows || prints.shape(1) != 2 || leader.shape(0) != rows)
        throw nb::value_error("prints: of another shape");
    if (slots <= rows || (slots & (slots - 1)) != 0) throw nb::value_error("table: of another size");
    const i64* turns = order.data();
    check_numbers({turns, taken}, static_cast<i64>(rows), "order");
    nb::gil_scoped_release release;
    const auto print_of = [all = prints.data()](i64 row) { return all + 2 * row; };
    i64* first = table.data();
    for (std::size_t turn = 0; turn < taken; ++turn) {
        if (turn + 2 * AHEAD < taken) {
            __builtin_prefetch(print_of(turns[turn + 2 * AHEAD]));
            __builtin_prefetch(counts.data() + turns[turn + 2 * AHEAD]);
        }
        if (turn + AHEAD < taken) __builtin_prefetch(first + (print_of(turns[turn + AHEAD])[0] & (slots - 1)));
        const i64 row = turns[turn];
        if (counts.data()[row] == 0) continue;
        const u64* print = print_of(row);
        const std::size_t start = print[0] & (slots - 1);
        std::size_t slot = start;
        while (first[slot] >= 0) {
            if (first[slot] >= static_cast<i64>(rows)) throw nb::index_error("table: beyond the rows");
            if (std::equal(print, print + 2, print_of(first[slot]))) break;
            slot = (slot + 1) & (slots - 1);
            if (slot == start) throw nb::value_error("table: full");
        }
        if (first[slot] < 0) first[slot] = row;
        leader.data()[row] = first[slot];
    }
}
}  // namespace

void bind_exact_copies(nb::module_& m) {
    m.def("print_rows", &print_rows, "texts"_a, "first"_a, "last"_a, "print_keys"_a, "counts"_a, "prints"_a);
    m.def("lead_rows", &lead_rows, "order"_a, "counts"_a, "prints"_a, "table"_a, "leader"_a);
}
}  // namespace dedup
