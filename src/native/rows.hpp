// Rows of flat values, checked where they come in.
#pragma once
#include <span>

#include "arrays.hpp"

namespace dedup {
// Row r has the values from edges[r] to edges[r + 1].
class RowEdges {
   public:
    // For rows from `first` to `last`, of so many values.
    RowEdges(const Array<i64>& edges, std::size_t values, i64 first, i64 last) : edges_(edges.data()) {
        if (first < 0 || first > last || last >= static_cast<i64>(edges.shape(0)))
            throw nb::index_error("rows: beyond the edges");
        if (edges_[first] < 0 || edges_[last] > static_cast<i64>(values) ||
            !std::is_sorted(edges_ + first, edges_ + last + 1))
            throw nb::value_error("edges: beyond the values");
    }
    i64 begin(i64 row) const { return edges_[row]; }
    template <class T>
    std::span<T> of(T* values, i64 row) const {
        return {values + edges_[row], static_cast<std::size_t>(edges_[row + 1] - edges_[row])};
    }

   private:
    const i64* edges_;
};
}  // namespace dedup
