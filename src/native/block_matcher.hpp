// The blocks of one text matched by counting what they share: keep_first.match_blocks.
#pragma once
#include <span>
#include <vector>

#include "counter.hpp"
#include "keep_first.hpp"

namespace dedup {
// Sets of shingles: row r has those from offsets[r] to offsets[r + 1], sorted and unique.
struct Sets {
    std::span<const u64> values;
    std::span<const i64> offsets;  // (n + 1,)
    i64 size_of(i64 row) const { return offsets[row + 1] - offsets[row]; }
    std::span<const u64> of(i64 row) const { return values.subspan(offsets[row], size_of(row)); }
};

// When a block repeats another one.
struct MatchRule {
    double threshold;
    bool contained;  // or by Jaccard similarity
};

class BlockMatcher {
   public:
    // Matches rows against the rows that are kept so far. order are the rows with tokens, as they are taken;
    // leader (n,) is the first row taken with the same tokens. witness and similarity (n,) have, before,
    // what they are for rows that repeat none.
    void match(const Sets& sets, std::span<const i64> order, std::span<const i64> leader, const MatchRule& rule,
               std::span<i64> witness, std::span<double> similarity);

   private:
    // A row that has a shingle, and the number of the entry before it in the list of the shingle, from 1 on.
    struct Entry {
        i64 row;
        u32 before;
    };
    // Kept rows, as keep_first asks for them.
    struct Rows {
        Best best(i64 row) { return matcher.best(sets, row, rule); }
        void insert(i64 row) { matcher.insert(sets, row); }
        BlockMatcher& matcher;
        const Sets& sets;
        const MatchRule& rule;
    };

    Best best(const Sets& sets, i64 row, const MatchRule& rule);
    void insert(const Sets& sets, i64 row);

    Counter last_;  // the number of the last entry of a shingle, 0 for none
    std::vector<Entry> entries_;
    std::vector<i64> met_;   // the rows that share shingles with the one at hand,
    std::vector<i64> hits_;  // (n,): and how many; zeros between two rows
    std::vector<double> scores_;
    std::vector<i32> kept_;
};
}  // namespace dedup
