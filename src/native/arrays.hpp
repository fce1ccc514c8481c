// The border to numpy: arrays that are borrowed and held, and results that Python owns.
#pragma once
// Its headers are not written to our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "types.hpp"

namespace dedup {
namespace nb = nanobind;

template <class T>
using Array = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Result = nb::ndarray<nb::numpy, T, nb::ndim<1>>;

// Memory that is not filled before it is written.
template <class T>
class Room {
   public:
    explicit Room(std::size_t size) : data_(std::make_unique_for_overwrite<T[]>(size)), size_(size) {}
    T* data() { return data_.get(); }
    std::size_t size() const { return size_; }

    // Gives the first values to Python, which frees them.
    Result<T> array(std::size_t count) {
        std::unique_ptr<T[]> kept = std::move(data_);
        T* values = kept.get();
        nb::capsule owner(values, [](void* freed) noexcept { std::unique_ptr<T[]> owned(static_cast<T*>(freed)); });
        kept.release();  // NOLINT(bugprone-unused-return-value): the capsule owns it now
        return Result<T>(values, {count}, owner);
    }

   private:
    std::unique_ptr<T[]> data_;
    std::size_t size_;
};

// The same of values that were gathered.
template <class T>
Result<T> array_of(const std::vector<T>& values) {
    Room<T> room(values.size());
    std::copy(values.begin(), values.end(), room.data());
    return room.array(values.size());
}

// Refuses offsets of rows that do not ascend, or lie beyond so many values; returns how many rows there are.
i64 check_offsets(const Array<i64>& offsets, std::size_t size);

// Refuses numbers that are none of so many.
void check_numbers(const Array<i64>& numbers, i64 count, const char* name);

// The tables of one seed, which are held.
class AlphabetHolder {
   public:
    explicit AlphabetHolder(const nb::object& tables);
    const Alphabet& alphabet() const { return alphabet_; }

   private:
    template <class T>
    const T* take(const nb::object& tables, const char* name, std::size_t least);

    std::vector<nb::object> held_;
    Alphabet alphabet_{};
};

// Rows of packed text with what their shingles are made with; all of it is held.
class TextsHolder {
   public:
    TextsHolder(const nb::object& utf8, const nb::object& offsets, const nb::object& alphabet,
                const nb::object& places, bool characters);
    const Texts& texts() const { return texts_; }
    i64 rows() const { return rows_; }
    // Refuses rows that there are not.
    void check(i64 first, i64 last) const;

   private:
    std::vector<nb::object> held_;
    Texts texts_{};
    i64 rows_ = 0;
};
}  // namespace dedup
