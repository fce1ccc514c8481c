// The sketches of rows as they come in, checked.
#include "sketches.hpp"

#include <limits>

namespace dedup {
TakenKeys::TakenKeys(Held& held, const nb::object& taken, std::size_t rows, i64 numbers)
    : keys_(held.of<const u32>(taken, "keys")) {
    const std::span<const i64> offsets = held.of<const i64>(taken, "offsets", rows + 1);
    offsets_ = offsets.data();
    check_offsets(offsets.first(rows + 1), keys_.size());
    if (std::any_of(keys_.begin(), keys_.end(), [numbers](u32 key) { return key >= numbers; }))
        throw nb::value_error("keys: beyond their number");
}

Sketches::Sketches(Held& held, const nb::object& sketches) {
    counts = held.of<const i64>(sketches, "counts");
    const std::size_t size = counts.size();
    rows = static_cast<i64>(size);
    order = held.of<const i64>(sketches, "order", size), leader = held.of<const i64>(sketches, "leader", size);
    numbers = nb::cast<i64>(sketches.attr("keys")), whole = nb::cast<i64>(sketches.attr("whole"));
    probes = TakenKeys(held, sketches.attr("probes"), size, numbers);
    entries = TakenKeys(held, sketches.attr("entries"), size, numbers);
    found = held.of<const i64>(sketches, "found", size), needed = held.of<const i64>(sketches, "needed", size);
    of_rest = held.of<const i64>(sketches, "of_rest", 1);
    if (rows > std::numeric_limits<i32>::max() || order.size() != size) throw nb::value_error("order: beyond the rows");
    check_numbers(order, rows, "order"), check_numbers(leader, rows, "leader");
    for (std::size_t turn = 0; turn < size; ++turn) {
        const auto row = static_cast<std::size_t>(order[turn]);
        const auto asked = static_cast<i64>(probes.of(static_cast<i64>(turn)).size());
        if (needed[row] < 1 && asked > 0) throw nb::value_error("needed: nothing");
        if (asked > found[row] || (counts[row] > whole && found[row] >= static_cast<i64>(of_rest.size())))
            throw nb::value_error("found: out of range");
    }
}
}  // namespace dedup
