// Blocks compared with each that shares a shingle: keep_first.match_blocks.
#include "block_matcher.hpp"

namespace dedup {
void BlockMatcher::match(const Sets& sets, std::span<const i64> order, std::span<const i64> leader,
                         const MatchRule& rule, std::span<i64> witness, std::span<double> similarity) {
    last_.clear(sets.values.size());
    entries_.clear();
    hits_.assign(leader.size(), 0);
    kept_.assign(leader.size(), -1);
    const Decisions found{witness, similarity, {}, kept_};
    Rows rows{*this, sets, rule};
    for (const i64 row : order) keep_first(row, leader[row], false, rule.threshold, found, rows);
}

void BlockMatcher::insert(const Sets& sets, i64 row) {
    for (const u64 shingle : sets.of(row)) {
        u32& last = last_[shingle];
        entries_.push_back({row, last});
        last = static_cast<u32>(entries_.size());
    }
}

// Counts what each kept row shares with a row, which is how similar they are.
Best BlockMatcher::best(const Sets& sets, i64 row, const MatchRule& rule) {
    met_.clear(), scores_.clear();
    for (const u64 shingle : sets.of(row)) {
        const u32* last = last_.find(shingle);
        for (u32 number = last ? *last : 0; number > 0; number = entries_[number - 1].before)
            if (const i64 other = entries_[number - 1].row; hits_[other]++ == 0) met_.push_back(other);
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
