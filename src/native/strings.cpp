// Python's strings to rows of UTF-8: text.packed.pack. Strings do not change, so they are read without the lock.
#include "bindings.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
constexpr std::size_t AHEAD = 8;  // strings whose heads are read before they are needed

class Strings {
   public:
    explicit Strings(const nb::tuple& texts)
        : texts_(texts), count_(nb::len(texts)), bytes_(count_), sizes_(count_, -1) {
        for (std::size_t row = 0; row < count_; ++row) {
            if (row + AHEAD < count_) __builtin_prefetch(PyTuple_GET_ITEM(texts_.ptr(), static_cast<Py_ssize_t>(row + AHEAD)));
            PyObject* text = PyTuple_GET_ITEM(texts_.ptr(), static_cast<Py_ssize_t>(row));
            if (!PyUnicode_Check(text)) {
                others_.push_back(static_cast<i64>(row));
                continue;
            }
#if PY_VERSION_HEX < 0x030C0000
            if (PyUnicode_READY(text) != 0) nb::raise_python_error();
#endif
            bytes_[row] = static_cast<i64>(PyUnicode_GET_LENGTH(text)) * static_cast<i64>(PyUnicode_KIND(text));
        }
    }
    // The rows that are no strings.
    const std::vector<i64>& others() const { return others_; }
    // In which Python holds each string.
    const std::vector<i64>& held_bytes() const { return bytes_; }

    // Measures how many bytes of UTF-8 rows take, and writes it; those that are no strings take none.
    void measure(i64 first, i64 last, const Written<i64>& sizes) {
        check(first, last, sizes.shape(0), "sizes: of other rows");
        nb::gil_scoped_release release;
        for_strings(first, last, [&](std::size_t row, i64 at, const View& text) {
            sizes.data()[at] = sizes_[row] =
                text.is_ascii ? text.count : kernels_in_use().utf8_size(text.codes, text.count, text.width);
        });
    }

    // Writes rows to where they go: what `measure` said of them.
    void encode(i64 first, i64 last, const Array<i64>& offsets, const Written<u8>& utf8) const {
        check(first, last, offsets.shape(0) - 1, "offsets: of other rows");
        nb::gil_scoped_release release;
        for_strings(first, last, [&](std::size_t row, i64 at, const View& text) {
            const i64 begin = offsets.data()[at], end = offsets.data()[at + 1], size = sizes_[row];
            if (size < 0 || begin < 0 || end != begin + size || end > static_cast<i64>(utf8.shape(0)))
                throw std::invalid_argument("offsets: of other rows");
            if (text.is_ascii)
                std::copy_n(static_cast<const u8*>(text.codes), size, utf8.data() + begin);
            else
                kernels_in_use().to_utf8(text.codes, text.count, text.width, utf8.data() + begin, size);
        });
    }

   private:
    struct View {
        const void* codes;
        i64 count, width;  // of code points, and of one in bytes
        bool is_ascii;
    };
    void check(i64 first, i64 last, std::size_t rows, const char* otherwise) const {
        check_range(first, last, static_cast<i64>(count_));
        if (rows != static_cast<std::size_t>(last - first)) throw nb::value_error(otherwise);
    }
    template <class Take>
    void for_strings(i64 first, i64 last, Take take) const {
        PyObject* const* items = PySequence_Fast_ITEMS(texts_.ptr());
        const auto begin = static_cast<std::size_t>(first), end = static_cast<std::size_t>(last);
        for (std::size_t row = begin; row < end; ++row) {
            if (row + AHEAD < end) __builtin_prefetch(items[row + AHEAD]);
            PyObject* text = items[row];
            const auto at = static_cast<i64>(row - begin);
            if (PyUnicode_Check(text))
                take(row, at, View{PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text),
                                   static_cast<i64>(PyUnicode_KIND(text)), PyUnicode_IS_ASCII(text) != 0});
            else
                take(row, at, View{nullptr, 0, 1, true});
        }
    }

    nb::tuple texts_;
    std::size_t count_;
    std::vector<i64> bytes_;
    std::vector<i64> sizes_;  // in UTF-8; below zero before they are measured
    std::vector<i64> others_;
};
}  // namespace

void bind_strings(nb::module_& m) {
    nb::class_<Strings>(m, "Strings")
        .def(nb::init<nb::tuple>(), "texts"_a)
        .def("others", &Strings::others)
        .def("held_bytes", &Strings::held_bytes)
        .def("measure", &Strings::measure, "first"_a, "last"_a, "sizes"_a)
        .def("encode", &Strings::encode, "first"_a, "last"_a, "offsets"_a, "utf8"_a);
    m.def("empty_bytes", [](std::size_t size) { return Room<u8>(size); }, "size"_a);
}
}  // namespace dedup
