// Encodes Python strings as rows of UTF-8: arrays.packed.pack. PythonTexts never change, so they are read without the
// interpreter lock.
#ifdef __linux__
#include <malloc.h>
#endif

#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
constexpr std::size_t PREFETCHED = 8;  // strings whose headers are fetched before they are needed

class PythonTexts : public RowSource {
   public:
    explicit PythonTexts(const nb::tuple& texts)
        : texts_(texts), count_(nb::len(texts)), bytes_(count_) {
        for (std::size_t row = 0; row < count_; ++row) {
            if (row + PREFETCHED < count_)
                __builtin_prefetch(PyTuple_GET_ITEM(texts_.ptr(), static_cast<Py_ssize_t>(row + PREFETCHED)));
            PyObject* text = PyTuple_GET_ITEM(texts_.ptr(), static_cast<Py_ssize_t>(row));
            if (!PyUnicode_Check(text)) {
                not_strings_.push_back(static_cast<i64>(row));
                continue;
            }
#if PY_VERSION_HEX < 0x030C0000
            if (PyUnicode_READY(text) != 0) nb::raise_python_error();
#endif
            bytes_[row] = static_cast<i64>(PyUnicode_GET_LENGTH(text)) * static_cast<i64>(PyUnicode_KIND(text));
        }
    }
    // Returns the rows that are not strings.
    const std::vector<i64>& not_strings() const { return not_strings_; }
    // Returns the bytes in which Python stores each string, 0 for other objects.
    const std::vector<i64>& held_bytes() const { return bytes_; }

    // Returns the size of rows in UTF-8. Objects that are not strings count as empty.
    i64 measure(i64 first, i64 last) const {
        check_range(first, last, static_cast<i64>(count_));
        nb::gil_scoped_release release;
        i64 total = 0;
        for_strings(first, last, [&](i64, const View& text) { total += size_of(text); });
        return total;
    }

    // Writes rows one after the other, and the end of each row plus `start`; returns the number of bytes.
    i64 encode(i64 first, i64 last, const OutputArray<u8>& utf8, i64 start, const OutputArray<i64>& ends) const {
        check_range(first, last, static_cast<i64>(count_));
        if (ends.shape(0) != static_cast<std::size_t>(last - first)) throw nb::value_error("ends: of other rows");
        nb::gil_scoped_release release;
        const auto room = static_cast<i64>(utf8.shape(0));
        i64 used = 0;
        for_strings(first, last, [&](i64 at, const View& text) {
            // UTF-8 takes at most twice the bytes of a string. Computes the exact size only where that may be too much.
            if (room - used < 2 * text.count * text.width && room - used < size_of(text))
                throw std::invalid_argument("utf8: too few values");
            used += write(text, utf8.data() + used, room - used);
            ends.data()[at] = start + used;
        });
        return used;
    }

    void write(i64 row, std::span<u8> utf8) const override {
        check_range(row, row + 1, static_cast<i64>(count_));
        for_strings(row, row + 1, [utf8](i64, const View& text) {
            const auto size = static_cast<i64>(utf8.size());
            if (size_of(text) != size) throw std::invalid_argument("offsets: of other rows");
            write(text, utf8.data(), size);
        });
    }

   private:
    // The code points of a string.
    struct View {
        const void* codes;
        i64 count, width;  // the number of code points, and the bytes of each
        bool is_ascii;
    };
    static i64 size_of(const View& text) {
        return text.is_ascii ? text.count : kernels_in_use().utf8_size(text.codes, text.count, text.width);
    }
    static i64 write(const View& text, u8* utf8, i64 room) {
        if (!text.is_ascii) return kernels_in_use().to_utf8(text.codes, text.count, text.width, utf8, room);
        return std::copy_n(static_cast<const u8*>(text.codes), text.count, utf8) - utf8;
    }
    template <class Take>
    void for_strings(i64 first, i64 last, Take take) const {
        PyObject* const* items = PySequence_Fast_ITEMS(texts_.ptr());
        const auto begin = static_cast<std::size_t>(first), end = static_cast<std::size_t>(last);
        for (std::size_t row = begin; row < end; ++row) {
            if (row + PREFETCHED < end) __builtin_prefetch(items[row + PREFETCHED]);
            PyObject* text = items[row];
            const auto at = static_cast<i64>(row - begin);
            if (PyUnicode_Check(text))
                take(at, View{PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text),
                              static_cast<i64>(PyUnicode_KIND(text)), PyUnicode_IS_ASCII(text) != 0});
            else
                take(at, View{nullptr, 0, 1, true});
        }
    }

    nb::tuple texts_;
    std::size_t count_;
    std::vector<i64> bytes_;
    std::vector<i64> not_strings_;
};

// Gives freed memory back to the system, where the allocator keeps it for later.
void release_free_memory() {
#ifdef __GLIBC__
    nb::gil_scoped_release release;
    malloc_trim(0);
#endif
}
}  // namespace

void bind_python_texts(nb::module_& m) {
    nb::class_<RowSource>(m, "RowSource");
    nb::class_<PythonTexts, RowSource>(m, "PythonTexts")
        .def(nb::init<nb::tuple>(), "texts"_a)
        .def("not_strings", &PythonTexts::not_strings)
        .def("held_bytes", &PythonTexts::held_bytes)
        .def("measure", &PythonTexts::measure, "first"_a, "last"_a)
        .def("encode", &PythonTexts::encode, "first"_a, "last"_a, "utf8"_a, "start"_a, "ends"_a);
    m.def("empty_bytes", [](std::size_t size) { return GrowingArray<u8>(size); }, "size"_a);
    m.def("release_free_memory", &release_free_memory);
}
}  // namespace dedup
