// Blocks compared with each that shares a shingle: keep_first.match_blocks.
#include "block_matcher.hpp"

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
    kept_.assign(leader.size(), -1);
    const Decisions found{witness, similarity, {}, kept_};
    Rows rows{*this, sets, rule};
    for (const i64 row : order) keep_first(row, leader[row], false, rule.threshold, found, rows);
}

BlockMatcher::Slot& BlockMatcher::slot_of(u64 shingle) {
    const std::size_t last = slots_.size() - 1;
    std::size_t slot = shingle & last;
    while (slots_[slot].head >= 0 && slots_[slot].shingle != shingle) slot = (slot + 1) & last;
    return slots_[slot];
}

void BlockMatcher::insert(const Sets& sets, i64 row) {
    for (const u64 shingle : sets.of(row)) {
        Slot& slot = slot_of(shingle);
        entries_.push_back({row, slot.head});
        slot = {shingle, static_cast<i64>(entries_.size()) - 1};
    }
}

// Counts what each kept row shares with a row, which is how similar they are.
Best BlockMatcher::best(const Sets& sets, i64 row, const MatchRule& rule) {
    met_.clear(), scores_.clear();
    for (const u64 shingle : sets.of(row))
        for (i64 entry = slot_of(shingle).head; entry >= 0; entry = entries_[entry].before) {
            const i64 other = entries_[entry].row;
            if (hits_[other]++ == 0) met_.push_back(other);
        }
    if (met_.empty()) return {row, 0.0};
    const i64 own = sets.size_of(row);
    for (const i64 other : met_) {
        const i64 hits = hits_[other], whole = rule.contained ? own : own + sets.size_of(other) - hits;
        hits_[other] = 0;
        scores_.push_back(static_cast<double>(hits) / static_cast<double>(whole));
    }
    return most_similar<i64>(met_, scores_, rule.threshold, [](i64, double) { return false; });
}
}  // namespace dedup
