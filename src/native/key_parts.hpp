// Keys of rows in chunks, each of which is sorted into the same parts: those of a part meet in the cache.
#pragma once
#include <span>

#include "arrays.hpp"

namespace dedup {
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
