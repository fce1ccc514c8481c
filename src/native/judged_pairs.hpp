// The pairs that a person judged: dedup/matching/judged_pairs.py.
#pragma once
#include "arrays.hpp"

namespace dedup {
// The other representative of a judged pair, and whether the two are copies of each other.
struct JudgedPartner {
    i64 partner;
    bool is_copy;
};

// The judged pairs of representatives, in both directions.
class JudgedPairs {
   public:
    // `pairs` may be None. Throws if there is no such row, or if the rows do not ascend.
    JudgedPairs(const nb::object& pairs, i64 rows) {
        if (pairs.is_none()) return;
        HeldObjects held;
        const std::span<const i64> row = held.hold_attribute<const i64>(pairs, "row");
        const std::span<const i64> partner = held.hold_attribute<const i64>(pairs, "partner", row.size());
        const std::span<const bool> is_copy = held.hold_attribute<const bool>(pairs, "is_copy", row.size());
        check_numbers(row, rows, "row");
        check_numbers(partner.first(row.size()), rows, "partner");
        if (!std::ranges::is_sorted(row)) throw nb::value_error("row: not ascending");
        rows_.assign(row.begin(), row.end());
        for (std::size_t at = 0; at < row.size(); ++at) partners_.push_back({partner[at], is_copy[at]});
    }

    // Returns the partners of a representative.
    std::span<const JudgedPartner> of(i64 representative) const {
        const auto found = std::ranges::equal_range(rows_, representative);
        return std::span(partners_).subspan(static_cast<std::size_t>(found.begin() - rows_.begin()), found.size());
    }

   private:
    std::vector<i64> rows_;  // ascending
    std::vector<JudgedPartner> partners_;
};
}  // namespace dedup
