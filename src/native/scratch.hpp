// Memory for what is written anew each time.
#pragma once
#include <memory>

#include "types.hpp"

namespace dedup {
// Room that grows at need, and keeps nothing when it does.
template <class T>
class Scratch {
   public:
    T* room(std::size_t size) {
        if (size > size_) {
            size_ = size + size / 2;
            data_ = std::make_unique_for_overwrite<T[]>(size_);
        }
        return data_.get();
    }
    T* data() const { return data_.get(); }

   private:
    std::unique_ptr<T[]> data_;
    std::size_t size_ = 0;
};
}  // namespace dedup
