// Blocks compared with each that shares a shingle: keep_first.match_inside.
#include "inside.hpp"

#include "bindings.hpp"

namespace dedup {
namespace {
constexpr std::size_t LEAST_SLOTS = 64;
}

void BlockMatcher::match(const Sets& sets, std::span<const i64> order, std::span<const i64> leader,
                         const MatchRule& rule, std::span<i64> witness, std::span<double> similarity) {
    std::size_t size = LEAST_SLOTS;
    while (size < 2 * sets.values.size()) size *= 2;
    slots_.assign(size, {0, -1});
    entries_.clear();
    hits_.assign(leader.size(), 0);
    standing_.assign(leader.size(), -1);
    for (const i64 row : order) {
        i64& standing = standing_[leader[row]];
        if (standing >= 0) {
            witness[row] = standing, similarity[row] = 1.0;
            continue;
        }
        const auto own = sets.values.subspan(sets.offsets[row], sets.size_of(row));
        meet(own);
        const Best found = best(sets, row, rule.contained);
        if (found.similarity >= rule.threshold) {
            witness[row] = found.row, similarity[row] = found.similarity;
            continue;
        }
        standing = row;
        for (const u64 shingle : own) {
            Slot& slot = slot_of(shingle);
            entries_.push_back({row, slot.head});
            slot = {shingle, static_cast<i64>(entries_.size()) - 1};
        }
    }
}

BlockMatcher::Slot& BlockMatcher::slot_of(u64 shingle) {
    const std::size_t last = slots_.size() - 1;
    std::size_t slot = shingle & last;
    while (slots_[slot].head >= 0 && slots_[slot].shingle != shingle) slot = (slot + 1) & last;
    return slots_[slot];
}

// Counts what the standing rows share with some shingles.
void BlockMatcher::meet(std::span<const u64> shingles) {
    for (const u64 shingle : shingles)
        for (i64 entry = slot_of(shingle).head; entry >= 0; entry = entries_[entry].before) {
            const i64 other = entries_[entry].row;
            if (hits_[other]++ == 0) met_.push_back(other);
        }
}

// The most similar of the rows that were met, of equal ones the lowest; all are forgotten.
BlockMatcher::Best BlockMatcher::best(const Sets& sets, i64 row, bool contained) {
    Best found{row, 0.0};
    const i64 own = sets.size_of(row);
    for (const i64 other : met_) {
        const i64 hits = hits_[other], whole = contained ? own : own + sets.size_of(other) - hits;
        hits_[other] = 0;
        const double value = static_cast<double>(hits) / static_cast<double>(whole);
        if (value > found.similarity || (value == found.similarity && other < found.row)) found = {other, value};
    }
    met_.clear();
    return found;
}

namespace {
// Returns the witness and the similarity of each row.
nb::tuple match_blocks(const Array<u64>& shingles, const Array<i64>& offsets, const Array<i64>& order,
                       const Array<i64>& leader, double threshold, bool contained) {
    const i64 rows = check_offsets(offsets, shingles.shape(0));
    const auto count = static_cast<std::size_t>(rows);
    if (leader.shape(0) != count) throw nb::value_error("leader: not of each row");
    check_numbers(order, rows, "order");
    check_numbers(leader, rows, "leader");
    Room<i64> witness(count);
    Room<double> similarity(count);
    {
        nb::gil_scoped_release release;
        for (i64 row = 0; row < rows; ++row) witness.data()[row] = row, similarity.data()[row] = 0.0;
        BlockMatcher().match({{shingles.data(), shingles.shape(0)}, {offsets.data(), offsets.shape(0)}},
                             {order.data(), order.shape(0)}, {leader.data(), count}, {threshold, contained},
                             {witness.data(), count}, {similarity.data(), count});
    }
    return nb::make_tuple(witness.array(count), similarity.array(count));
}
}  // namespace

void bind_inside(nb::module_& m) {
    m.def("match_blocks", &match_blocks, nb::arg("shingles"), nb::arg("offsets"), nb::arg("order"), nb::arg("leader"),
          nb::arg("threshold"), nb::arg("contained"));
}
}  // namespace dedup
