// Values of which more and more are used: in memory that was given, as long as it lasts, or in their own.
#pragma once
#include <algorithm>
#include <memory>
#include <span>

#include "arrays.hpp"

namespace dedup {
template <class T>
class Grown {
   public:
    explicit Grown(std::span<T> given) : data_(given.data()), room_(given.size()) {}
    explicit Grown(std::size_t room) : room_(room), own_(std::make_unique_for_overwrite<T[]>(room)) { data_ = own_.get(); }
    T* data() const { return data_; }
    std::size_t used() const { return used_; }

    // Takes the next places, which are not filled; returns where they begin. What is in use may move.
    std::size_t take(std::size_t count) {
        if (used_ + count > room_) {
            room_ = 2 * (used_ + count);
            auto larger = std::make_unique_for_overwrite<T[]>(room_);
            std::copy_n(data_, used_, larger.get());
            own_ = std::move(larger), data_ = own_.get();
        }
        const std::size_t begin = used_;
        used_ += count;
        return begin;
    }

    void push(T value) {
        const std::size_t place = take(1);
        data_[place] = value;
    }

    // Takes the values away, which are not those of memory that was given.
    Room<T> taken() { return {std::move(own_), used_}; }

   private:
    T* data_;
    std::size_t room_, used_ = 0;
    std::unique_ptr<T[]> own_;
};
}  // namespace dedup
