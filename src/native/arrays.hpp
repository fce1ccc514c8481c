// Exchange of arrays with numpy: views of arrays that Python passes, and results that Python owns.
#pragma once
// The headers of nanobind do not compile without these warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "types.hpp"

// An array argument: of exactly this type, in C order, aligned. It is never converted, which would be a silent copy.
// The ndarray keeps its memory alive. Nobody may write to it meanwhile, since it is read without the interpreter lock.
template <class T, nanobind::ssize_t... EXTENTS>
class nanobind::detail::type_caster<
    nanobind::ndarray<T, nanobind::shape<EXTENTS...>, nanobind::c_contig, nanobind::device::cpu>> {
    using Aligned = ndarray<T, shape<EXTENTS...>, c_contig, device::cpu>;
    using Any = make_caster<ndarray<T, device::cpu, c_contig, shape<EXTENTS...>>>;  // of nanobind

   public:
    NB_TYPE_CASTER(Aligned, const_name("aligned ") + Any::Name)

    bool from_python(handle argument, std::uint32_t, cleanup_list*) noexcept {
        Any any;
        if (!any.from_python(argument, 0, nullptr)) return false;
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

// Arrays that a function writes to.
template <class T>
using OutputArray = nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using OutputTable = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

// A growing array whose values are not initialised. A function that returns one, or a std::vector, returns an array of
// numpy to Python.
template <class T>
class GrowingArray {
   public:
    // `size` values, with memory for `room` values in all.
    explicit GrowingArray(std::size_t size, std::size_t room = 0) {
        move_to(std::max(size, room));
        size_ = size;
    }
    // No values, in borrowed memory. When that is full, they move to memory of their own.
    explicit GrowingArray(std::span<T> borrowed) : data_(borrowed.data()), room_(borrowed.size()) {}
    T* data() const { return data_; }
    std::size_t size() const { return size_; }

    // Adds `count` values; returns the index of the first one.
    std::size_t append(std::size_t count) {
        if (size_ + count > room_) move_to(2 * (size_ + count));
        return std::exchange(size_, size_ + count);
    }
    void truncate(std::size_t size) { size_ = size; }  // drops all but the first values
    void push(T value) {
        const std::size_t place = append(1);
        data_[place] = value;
    }

    using Result = nb::ndarray<nb::numpy, T, nb::ndim<1>>;
    // Gives the values to Python, which frees them. They must not be in borrowed memory.
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

namespace dedup {
// Calls a function that makes a Python object. The caster of a tuple must not throw, so errors become those of Python,
// with a null handle.
template <class Make>
nb::handle without_throwing(Make make) noexcept {
    try {
        return make();
    } catch (nb::python_error& error) {
        error.restore();
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    }
    return {};
}
}  // namespace dedup

template <class T>
struct nanobind::detail::type_caster<dedup::GrowingArray<T>> {
    static constexpr auto Name = make_caster<typename dedup::GrowingArray<T>::Result>::Name;
    static handle from_cpp(dedup::GrowingArray<T>&& values, rv_policy policy, cleanup_list* cleanup) noexcept {
        return dedup::without_throwing([&] {
            return make_caster<typename dedup::GrowingArray<T>::Result>::from_cpp(values.array(), policy, cleanup);
        });
    }
};

template <class T>
struct nanobind::detail::type_caster<std::vector<T>> {
    static constexpr auto Name = make_caster<dedup::GrowingArray<T>>::Name;
    static handle from_cpp(const std::vector<T>& values, rv_policy policy, cleanup_list* cleanup) noexcept {
        return dedup::without_throwing([&] {
            dedup::GrowingArray<T> copy(values.size());
            std::copy(values.begin(), values.end(), copy.data());
            return make_caster<dedup::GrowingArray<T>>::from_cpp(std::move(copy), policy, cleanup);
        });
    }
};

namespace dedup {
// Keeps arrays and objects of Python alive. It holds the buffers of arrays: if it held only the objects, a bytearray
// could be resized, or a mapped file closed. The values must not change meanwhile.
class HeldObjects {
   public:
    // Holds an array of at least `least` values; returns a view, which is writable unless T is const.
    template <class T>
    std::span<T> hold(const nb::object& argument, const char* name, std::size_t least = 0) {
        nb::ndarray<T, nb::ndim<1>, nb::c_contig, nb::device::cpu> array;
        if (!nb::try_cast(argument, array, false))
            throw nb::type_error((std::string(name) + ": must be a contiguous and aligned array of one dimension and "
                                                      "the right type").c_str());
        if (array.shape(0) < least) throw nb::value_error((std::string(name) + ": too few values").c_str());
        arrays_.emplace_back(array);
        return {array.data(), array.shape(0)};
    }
    // Holds an array that is an attribute of an object.
    template <class T>
    std::span<T> hold_attribute(const nb::object& from, const char* name, std::size_t least = 0) {
        return hold<T>(from.attr(name), name, least);
    }
    void keep(const nb::object& object) { objects_.push_back(object); }

   private:
    std::vector<nb::ndarray<>> arrays_;
    std::vector<nb::object> objects_;
};

// Returns a constant of a specification: an attribute of the object that rule_constants made.
template <class T>
T constant(nb::handle constants, const char* name) {
    return nb::cast<T>(nb::object(constants.attr(name)));
}

// Returns a constant that is a sequence.
template <class T>
std::vector<T> constants_of(nb::handle constants, const char* name) {
    std::vector<T> values;
    for (const nb::handle value : nb::object(constants.attr(name))) values.push_back(nb::cast<T>(value));
    return values;
}

// Returns the strings of a list.
std::vector<std::string> strings_of(const nb::list& list);

// Checks that offsets of rows ascend and lie within `size` values; returns the number of rows.
i64 check_offsets(std::span<const i64> offsets, std::size_t size, const char* name = "offsets");

// Checks that a range of rows lies within `count` rows.
void check_range(i64 first, i64 last, i64 count);

// Checks that each number is at least 0 and less than `count`.
void check_numbers(std::span<const i64> numbers, i64 count, const char* name);

// Holds the tables of one seed.
class AlphabetHolder {
   public:
    explicit AlphabetHolder(const nb::object& tables);
    const Alphabet& alphabet() const { return alphabet_; }

   private:
    HeldObjects held_;
    Alphabet alphabet_{};
};

// A source from which rows of text are written when they are needed.
class RowSource {
   public:
    virtual ~RowSource() = default;
    // Writes a row; utf8 has the size of the row. Several threads may call it at once.
    virtual void write(i64 row, std::span<u8> utf8) const = 0;
};

// Holds rows of packed text, and the tables and factors to hash them with.
class TextsHolder {
   public:
    // If there is a source, the buffer is empty: a RowReader reads the rows.
    TextsHolder(const nb::object& utf8, const nb::object& offsets, const nb::object& alphabet,
                const nb::object& shingle_factors, bool characters, const nb::object& source);
    const Texts& texts() const {
        if (source_) throw nb::value_error("texts: their rows are in a source");
        return texts_;
    }
    // Returns the texts; if there is a source, only their offsets and settings are of use.
    const Texts& layout() const { return texts_; }
    i64 rows() const { return rows_; }
    // Returns the texts after a check of the range of rows.
    const Texts& checked(i64 first, i64 last) const {
        check_range(first, last, rows_);
        return texts();
    }
    // The source of the rows; null if they are in the buffer.
    const RowSource* source() const { return source_; }

   private:
    HeldObjects held_;
    Texts texts_{};
    i64 rows_ = 0;
    const RowSource* source_ = nullptr;
};

// Reads single rows: from the buffer, or from the source into memory that it uses again for the next row.
class RowReader {
   public:
    explicit RowReader(const Texts& texts) : texts_(texts) {}
    explicit RowReader(const TextsHolder& holder) : texts_(holder.layout()), source_(holder.source()) {}

    // Returns texts whose row 0 is the row. They are valid until the next call, or the reader moves.
    Texts read(i64 row) {
        Texts found = texts_;
        found.offsets += row;
        if (!source_) return found;
        const auto size = static_cast<std::size_t>(found.offsets[1] - found.offsets[0]);
        if (utf8_.size() < size) utf8_.resize(size + size / 4);
        source_->write(row, {utf8_.data(), size});
        edges_[1] = static_cast<i64>(size);
        found.utf8 = utf8_.data(), found.size = size, found.offsets = edges_.data();
        return found;
    }

   private:
    Texts texts_;
    const RowSource* source_ = nullptr;
    std::vector<u8> utf8_;
    std::array<i64, 2> edges_{};
};
}  // namespace dedup
