// Keep first: the decision rule of matching/keep_first.py, for one row after the other.
#pragma once
#include <span>

#include "types.hpp"

namespace dedup {
// What became of the rows so far, one value a row; a row that repeats none is its own witness.
struct Decisions {
    std::span<i64> witness;
    std::span<double> similarity;
    std::span<i64> numeric_variant;  // without a witness: the most similar row, which is exempt; otherwise the row itself
    std::span<i32> kept;             // by the first row of a group of exact copies: the one that is kept, -1 for none
};

// The candidate that a row repeats if it is similar enough.
struct Best {
    i64 row;
    double similarity;
    i64 variant = -1;  // the most similar one that is exempt, -1 for none
};

// Returns the most similar candidate that is not exempt, of equal ones the lowest row. Scores are overwritten.
template <class Row, class Exempts>
Best most_similar(std::span<const Row> candidates, std::span<double> scores, double threshold, Exempts exempts) {
    i64 variant = -1;
    while (true) {
        std::size_t best = 0;
        for (std::size_t at = 1; at < candidates.size(); ++at)
            if (scores[at] > scores[best] || (scores[at] == scores[best] && candidates[at] < candidates[best])) best = at;
        const i64 row = candidates[best];
        if (scores[best] < threshold || !exempts(row, scores[best])) return {row, scores[best], variant};
        if (variant < 0) variant = row;
        scores[best] = 0.0;
    }
}

// Decides the next row. `rows` tells its best candidate by `best(row)` and inserts it among the kept ones by
// `insert(row)`. A reference is kept whatever it repeats.
template <class Rows>
void keep_first(i64 row, i64 first_exact, bool is_reference, double threshold, const Decisions& found, Rows& rows) {
    i32& kept = found.kept[static_cast<std::size_t>(first_exact)];
    const auto at = static_cast<std::size_t>(row);
    if (kept >= 0) {
        if (!is_reference) found.witness[at] = kept, found.similarity[at] = 1.0;
        return;
    }
    if (!is_reference) {
        const Best best = rows.best(row);
        if (best.similarity >= threshold) {
            found.witness[at] = best.row, found.similarity[at] = best.similarity;
            return;
        }
        if (best.variant >= 0) found.numeric_variant[at] = best.variant;
    }
    kept = static_cast<i32>(row);
    rows.insert(row);
}
}  // namespace dedup
