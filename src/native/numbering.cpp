// Keys as small numbers: those of a part in the order in which rows that are taken are first entered under them.
#include <bit>

#include "keys.hpp"

namespace dedup {
namespace {
constexpr u32 NONE = ~u32{0};  // has no number
constexpr i64 AHEAD = 16;      // rows whose keys are fetched before they are copied; their edges, twice

// Copies the keys of the rows of some turns to where those of each turn go; `offsets` are by turn.
void take_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<i64>& order, const Array<i64>& offsets,
               const Written<u32>& taken, i64 first, i64 last) {
    const RowEdges turns(offsets, taken.shape(0), first, last);
    const i64 rows = static_cast<i64>(edges.shape(0)) - 1, size = static_cast<i64>(keys.shape(0));
    if (last > static_cast<i64>(order.shape(0))) throw nb::index_error("turns: beyond the order");
    const auto row_of = [&](i64 turn) {
        const i64 row = order.data()[turn];
        if (row < 0 || row >= rows) throw nb::index_error("order: beyond the rows");
        return row;
    };
    for (i64 turn = first; turn < last; ++turn) {
        if (turn + 2 * AHEAD < last) __builtin_prefetch(edges.data() + row_of(turn + 2 * AHEAD));
        if (turn + AHEAD < last)
            if (const i64 begin = edges.data()[row_of(turn + AHEAD)]; 0 <= begin && begin < size)
                __builtin_prefetch(keys.data() + begin);
        const i64 row = row_of(turn);
        const std::span<u32> wanted = turns.of(taken.data(), turn);
        if (wanted.empty()) continue;
        const i64 begin = edges.data()[row];
        if (wanted.size() > keys.shape(0) || begin < 0 || begin > static_cast<i64>(keys.shape(0) - wanted.size()))
            throw nb::value_error("edges: beyond the keys");
        std::copy_n(keys.data() + begin, wanted.size(), wanted.data());
    }
}

// The numbers of the keys of a part, in open addressing.
class NumberTable {
   public:
    explicit NumberTable(std::size_t keys) : slots_(std::bit_ceil(2 * keys + 64)) {}
    void ask(u32 key) {
        Slot& slot = slot_of(key);
        if (slot.number == FREE) slot = {key, ASKED};
    }
    // The number of a key that rows are entered under, which may be its first one.
    u32 enter(u32 key) {
        Slot& slot = slot_of(key);
        if (slot.number == ASKED) slot.number = FIRST + count_++;
        return found(slot);
    }
    u32 of(u32 key) { return found(slot_of(key)); }
    u32 count() const { return count_; }

   private:
    static constexpr u32 FREE = 0, ASKED = 1, FIRST = 2;  // nothing, a key without a number yet, number 0
    struct Slot {
        u32 key, number;
    };
    static u32 found(const Slot& slot) { return slot.number >= FIRST ? slot.number - FIRST : NONE; }
    Slot& slot_of(u32 key) {
        // The upper bits of the spread key are the same for all of a part.
        std::size_t at = spread(spread(key)) & (slots_.size() - 1);
        while (slots_[at].number != FREE && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
        return slots_[at];
    }

    std::vector<Slot> slots_;
    u32 count_ = 0;
};

// Writes numbers over the keys of a part, or NONE, in the order of the entries; returns how many there are.
i64 number_part(const KeyParts& asked, const KeyParts& entered, std::size_t part) {
    asked.check(part), entered.check(part);
    nb::gil_scoped_release release;
    std::size_t size = 0;
    for (std::size_t chunk = 0; chunk < asked.chunks(); ++chunk) size += asked.keys(chunk, part).size();
    NumberTable table(size);
    asked.for_keys(part, [&](u32 key) { table.ask(key); });
    entered.for_keys(part, [&](u32& key) { key = table.enter(key); });
    asked.for_keys(part, [&](u32& key) { key = table.of(key); });
    return table.count();
}

// Writes numbers over the keys of some turns, which are a chunk of the parts, end to end, and returns how many each turn has:
// those of each part begin at one of `firsts` (parts + 1,). Keys without a number are left out.
std::vector<i64> gather_numbers(const Written<u32>& keys, const Array<i64>& offsets, i64 first, i64 last,
                                const KeyParts& parts, std::size_t chunk, const Array<i64>& firsts) {
    const RowEdges turns(offsets, keys.shape(0), first, last);
    if (chunk >= parts.chunks() || firsts.shape(0) != parts.parts() + 1) throw nb::value_error("parts: of another shape");
    const u32* behind = parts.keys(chunk, parts.parts() - 1).data() + parts.keys(chunk, parts.parts() - 1).size();
    if (behind - parts.keys(chunk, 0).data() != turns.begin(last) - turns.begin(first))
        throw nb::value_error("parts: of other keys");
    nb::gil_scoped_release release;
    std::vector<const u32*> following(parts.parts());
    for (std::size_t part = 0; part < parts.parts(); ++part) following[part] = parts.keys(chunk, part).data();
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    u32* written = keys.data() + turns.begin(first);
    for (i64 turn = first; turn < last; ++turn) {
        const u32* before = written;
        for (const u32 key : turns.of(keys.data(), turn)) {
            const std::size_t part = part_of(key, parts.parts());
            if (following[part] == behind) throw nb::value_error("parts: of other keys");
            const u32 number = *following[part]++;
            if (number != NONE) *written++ = static_cast<u32>(firsts.data()[part]) + number;
        }
        lengths[static_cast<std::size_t>(turn - first)] = written - before;
    }
    return lengths;
}
}  // namespace

void bind_numbering(nb::module_& m) {
    m.def("take_keys", &take_keys, "keys"_a, "edges"_a, "order"_a, "offsets"_a, "taken"_a, "first"_a, "last"_a);
    m.def("number_part", &number_part, "asked"_a, "entered"_a, "part"_a);
    m.def("gather_numbers", &gather_numbers, "keys"_a, "offsets"_a, "first"_a, "last"_a, "parts"_a, "chunk"_a, "firsts"_a);
}
}  // namespace dedup
