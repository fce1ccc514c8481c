// The border to numpy: arrays that are borrowed and held, and results that Python owns.
#pragma once
// Its headers are not written to our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "types.hpp"

// An array as an argument: of one type, in C order, each value at a multiple of its size. It is never converted, which
// would be a silent copy. It is held as long as the ndarray lives, so its memory stays where it is; but nobody may
// write to it meanwhile, since it is read without the lock of the interpreter.
template <class T, nanobind::ssize_t... EXTENTS>
class nanobind::detail::type_caster<
    nanobind::ndarray<T, nanobind::shape<EXTENTS...>, nanobind::c_contig, nanobind::device::cpu>> {
    using Aligned = ndarray<T, shape<EXTENTS...>, c_contig, device::cpu>;
    using Any = make_caster<ndarray<T, device::cpu, c_contig, shape<EXTENTS...>>>;  // nanobind's own

   public:
    NB_TYPE_CASTER(Aligned, const_name("aligned ") + Any::Name)

    bool from_python(handle given, std::uint32_t, cleanup_list*) noexcept {
        Any any;
        if (!any.from_python(given, 0, nullptr)) return false;
        value = Aligned(any.value);
        return reinterpret_cast<std::uintptr_t>(value.data()) % alignof(T) == 0;
    }
};

namespace dedup {
namespace nb = nanobind;
using namespace nb::literals;

template <class T>
using Array = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Table = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Arrays that are written to.
template <class T>
using Written = nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using WrittenTable = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// Values that are not filled before they are written, and become more at need. Functions return them, or a vector, and
// release the lock of the interpreter until then; Python gets an array.
template <class T>
class Room {
   public:
    // So many values, with room for more of them.
    explicit Room(std::size_t size, std::size_t room = 0) {
        move_to(std::max(size, room));
        size_ = size;
    }
    // None yet, with room for them in memory that is borrowed, as long as it lasts: then they move.
    explicit Room(std::span<T> borrowed) : data_(borrowed.data()), room_(borrowed.size()) {}
    T* data() const { return data_; }
    std::size_t size() const { return size_; }

    // Adds some values; returns where they begin.
    std::size_t take(std::size_t count) {
        if (size_ + count > room_) move_to(2 * (size_ + count));
        return std::exchange(size_, size_ + count);
    }
    void cut(std::size_t size) { size_ = size; }  // forgets the values behind the first ones
    void push(T value) {
        const std::size_t place = take(1);
        data_[place] = value;
    }

    using Result = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
    // Gives the values to Python, which frees them. They are not in memory that is borrowed.
    Result array() {
        nb::capsule owner(data_, [](void* freed) noexcept { std::unique_ptr<T[]> owned(static_cast<T*>(freed)); });
        own_.release();  // NOLINT(bugprone-unused-return-value): the capsule owns it now
        return Result(data_, {size_}, owner);
    }

   private:
    void move_to(std::size_t room) {
        auto larger = std::make_unique_for_overwrite<T[]>(room);
        std::copy_n(data_, size_, larger.get());
        own_ = std::move(larger), data_ = own_.get(), room_ = room;
    }

    T* data_ = nullptr;
    std::size_t room_ = 0, size_ = 0;
    std::unique_ptr<T[]> own_;
};
}  // namespace dedup

template <class T>
struct nanobind::detail::type_caster<dedup::Room<T>> {
    static constexpr auto Name = make_caster<typename dedup::Room<T>::Result>::Name;
    static handle from_cpp(dedup::Room<T>&& room, rv_policy policy, cleanup_list* cleanup) {
        return make_caster<typename dedup::Room<T>::Result>::from_cpp(room.array(), policy, cleanup);
    }
};

template <class T>
struct nanobind::detail::type_caster<std::vector<T>> {
    static constexpr auto Name = make_caster<dedup::Room<T>>::Name;
    static handle from_cpp(const std::vector<T>& values, rv_policy policy, cleanup_list* cleanup) {
        dedup::Room<T> room(values.size());
        std::copy(values.begin(), values.end(), room.data());
        return make_caster<dedup::Room<T>>::from_cpp(std::move(room), policy, cleanup);
    }
};

namespace dedup {
// What is held as long as this lives. Arrays are held as such: of a bytearray or a mapped file, which could be resized or
// closed if only the object were. What is in them must not change as long as this lives.
class Held {
   public:
    // An array that is written to for a T that is not const; at least so many values.
    template <class T>
    std::span<T> take(const nb::object& given, const char* name, std::size_t least = 0) {
        nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu> array;
        if (!nb::try_cast(given, array, false))
            throw nb::type_error((std::string(name) + ": must be a contiguous and aligned array, of one dimension and the right type").c_str());
        if (array.shape(0) < least) throw nb::value_error((std::string(name) + ": too few values").c_str());
        arrays_.emplace_back(array);
        return {array.data(), array.shape(0)};
    }
    // One that is an attribute of an object.
    template <class T>
    std::span<T> of(const nb::object& from, const char* name, std::size_t least = 0) {
        return take<T>(from.attr(name), name, least);
    }
    void keep(const nb::object& object) { objects_.push_back(object); }

   private:
    std::vector<nb::ndarray<>> arrays_;
    std::vector<nb::object> objects_;
};

// Constants of a specification, taken from the attributes of a Python object.
template <class T>
T constant(nb::handle constants, const char* name) {
    return nb::cast<T>(nb::object(constants.attr(name)));
}

// A list of arrays, tuples or other sequences, value by value.
template <class T>
std::vector<T> constants_of(nb::handle constants, const char* name) {
    std::vector<T> values;
    for (const nb::handle value : nb::object(constants.attr(name))) values.push_back(nb::cast<T>(value));
    return values;
}

// Refuses offsets of rows that do not ascend, or lie beyond so many values; returns how many rows there are.
i64 check_offsets(std::span<const i64> offsets, std::size_t size, const char* name = "offsets");

// Refuses a range of rows of which there are not so many.
void check_range(i64 first, i64 last, i64 count);

// Refuses numbers that are none of so many.
void check_numbers(std::span<const i64> numbers, i64 count, const char* name);

// The tables of one seed, which are held.
class AlphabetHolder {
   public:
    explicit AlphabetHolder(const nb::object& tables);
    const Alphabet& alphabet() const { return alphabet_; }

   private:
    Held held_;
    Alphabet alphabet_{};
};

// What rows are written from once they are asked for.
class RowSource {
   public:
    virtual ~RowSource() = default;
    // Writes a row of so many bytes.
    virtual void write(i64 row, std::span<u8> utf8) const = 0;
};

// Rows of packed text with what their shingles are made with; all of it is held.
class TextsHolder {
   public:
    // If there is a source, the bytes are not there yet: each row is written once it is asked for.
    TextsHolder(const nb::object& utf8, const nb::object& offsets, const nb::object& alphabet,
                const nb::object& places, bool characters, const nb::object& source);
    const Texts& texts() const { return texts_; }
    i64 rows() const { return rows_; }
    // Refuses rows that there are not.
    const Texts& checked(i64 first, i64 last) const {
        check_range(first, last, rows_);
        return texts_;
    }
    // Makes sure that a row is there. Threads may do so at once. Kernels read whole blocks: they may read a row that is
    // being written behind another one, but what they read there does not count.
    void ask(i64 row) const {
        if (source_ && states_[static_cast<std::size_t>(row)].load(std::memory_order_acquire) != WRITTEN) write(row);
    }

   private:
    enum State : u8 { MISSING, BEGUN, WRITTEN };
    void write(i64 row) const;

    Held held_;
    Texts texts_{};
    i64 rows_ = 0;
    const RowSource* source_ = nullptr;
    u8* written_ = nullptr;
    std::unique_ptr<std::atomic<State>[]> states_;  // of each row, if there is a source
};
}  // namespace dedup
