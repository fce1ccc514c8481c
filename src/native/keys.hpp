// Keys of rows, row after row or sorted into parts.
#pragma once
#include <span>

#include "arrays.hpp"

namespace dedup {
// Row r has the values from edges[r] to edges[r + 1].
class RowEdges {
   public:
    // For rows from `first` to `last`, of so many values.
    RowEdges(const Array<i64>& edges, std::size_t values, i64 first, i64 last) : edges_(edges.data()) {
        check_range(first, last, static_cast<i64>(edges.shape(0)) - 1);
        check_offsets({edges_ + first, edges_ + last + 1}, values, "edges");
    }
    i64 begin(i64 row) const { return edges_[row]; }
    template <class T>
    std::span<T> of(T* values, i64 row) const {
        return {values + edges_[row], static_cast<std::size_t>(edges_[row + 1] - edges_[row])};
    }

   private:
    const i64* edges_;
};

// Keys in chunks, each of which is sorted into the same parts: those of a part meet in the cache.
class KeyParts {
   public:
    // From pairs of keys, (m,), and the bounds of the parts in them, (parts + 1,); the keys may be written over.
    explicit KeyParts(const nb::list& chunks);
    std::size_t chunks() const { return chunks_.size(); }
    std::size_t parts() const { return parts_; }
    void check(std::size_t part) const {
        if (part >= parts_) throw nb::index_error("part: there is none");
    }
    std::span<u32> keys(std::size_t chunk, std::size_t part) const {
        const i64* bounds = chunks_[chunk].bounds + part;
        return {chunks_[chunk].keys + bounds[0], static_cast<std::size_t>(bounds[1] - bounds[0])};
    }

   private:
    struct Chunk {
        u32* keys;
        const i64* bounds;
    };
    Held held_;
    std::vector<Chunk> chunks_;
    std::size_t parts_ = 0;
};
}  // namespace dedup
