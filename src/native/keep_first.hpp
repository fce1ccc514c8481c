// Keep first: the decision rule of dedup/matching/keep_first.py, for one row after the other.
#pragma once
#include <span>

#include "types.hpp"

namespace dedup {
// The decisions so far. A row that repeats none is its own witness.
struct Decisions {
    std::span<i64> witness;        // (n,)
    std::span<double> similarity;  // (n,)
    // (n,): of a row without a witness, the most similar row if that is exempt; else the row itself
    std::span<i64> numeric_variant;
    std::span<i32> kept_copy;  // (n,): by representative, the kept row of a group of exact copies; -1 for none
};

// The best candidate of a row: its witness, if the similarity reaches the threshold or a person judged it so.
struct BestCandidate {
    i64 row;
    double similarity;
    i64 variant = -1;             // the most similar candidate that is exempt, -1 for none
    bool is_judged_copy = false;  // of the candidate, whatever the similarity

    bool is_witness(double threshold) const { return is_judged_copy || similarity >= threshold; }
};

// Returns the most similar candidate that is not exempt, of equal ones the lowest row. Exemption is not checked
// below the threshold. The scores are overwritten.
template <class Row, class Exempts>
BestCandidate most_similar(std::span<const Row> candidates, std::span<double> scores, double threshold,
                           Exempts exempts) {
    i64 variant = -1;
    while (true) {
        std::size_t best = 0;
        for (std::size_t at = 1; at < candidates.size(); ++at)
            if (scores[at] > scores[best] || (scores[at] == scores[best] && candidates[at] < candidates[best]))
                best = at;
        const i64 row = candidates[best];
        if (scores[best] < threshold || !exempts(row, scores[best])) return {row, scores[best], variant};
        if (variant < 0) variant = row;
        scores[best] = 0.0;
    }
}

// Decides the next row. `rows.best_candidate(row)` returns its best candidate, `rows.insert(row)` adds it to the kept
// rows. A reference is kept whatever it repeats.
template <class Rows>
void keep_first(i64 row, i64 representative, bool is_reference, double threshold, const Decisions& decisions,
                Rows& rows) {
    i32& kept_copy = decisions.kept_copy[static_cast<std::size_t>(representative)];
    const auto at = static_cast<std::size_t>(row);
    if (kept_copy >= 0) {
        if (!is_reference) decisions.witness[at] = kept_copy, decisions.similarity[at] = 1.0;
        return;
    }
    if (!is_reference) {
        const BestCandidate best = rows.best_candidate(row);
        if (best.is_witness(threshold)) {
            decisions.witness[at] = best.row, decisions.similarity[at] = best.similarity;
            return;
        }
        if (best.variant >= 0) decisions.numeric_variant[at] = best.variant;
    }
    kept_copy = static_cast<i32>(row);
    rows.insert(row);
}
}  // namespace dedup
