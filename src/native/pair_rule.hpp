// Which near copies stay though they are similar: the specification is matching/numeric_variants.py.
#pragma once
#include "types.hpp"

namespace dedup {
class PairRule {
   public:
    virtual ~PairRule() = default;
    // Tells whether a row stays though it is similar to a witness that is no exact copy.
    virtual bool spares(i64 row, i64 witness, double similarity) = 0;
    // Tells the same of a block of a text and another block of it, perhaps by any figure that the other lacks.
    virtual bool is_numeric_variant(i64 row, i64 witness, double similarity, bool any_figure) = 0;
};
}  // namespace dedup
