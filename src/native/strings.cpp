// Python's strings to rows of UTF-8: text.packed.pack. Strings do not change, so they are read without the lock.
#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
constexpr std::size_t AHEAD = 8;  // strings whose heads are read before they are needed

class Strings : public RowSource {
   public:
    explicit Strings(const nb::tuple& texts)
        : texts_(texts), count_(nb::len(texts)), bytes_(count_) {
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

    // How many bytes of UTF-8 rows take; those that are no strings take none.
    i64 measure(i64 first, i64 last) const {
        check_range(first, last, static_cast<i64>(count_));
        nb::gil_scoped_release release;
        i64 total = 0;
        for_strings(first, last, [&](i64, const View& text) { total += size_of(text); });
        return total;
    }

    // Writes rows end to end, and where each one ends, counted from `start` on; returns how many bytes they take.
    i64 encode(i64 first, i64 last, const Written<u8>& utf8, i64 start, const Written<i64>& ends) const {
        check_range(first, last, static_cast<i64>(count_));
        if (ends.shape(0) != static_cast<std::size_t>(last - first)) throw nb::value_error("ends: of other rows");
        nb::gil_scoped_release release;
        const auto room = static_cast<i64>(utf8.shape(0));
        i64 used = 0;
        for_strings(first, last, [&](i64 at, const View& text) {
            // At most three bytes for a code point of two, and as many as it has for others but one of Latin-1.
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
    struct View {
        const void* codes;
        i64 count, width;  // of code points, and of one in bytes
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
            if (row + AHEAD < end) __builtin_prefetch(items[row + AHEAD]);
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
    std::vector<i64> others_;
};
}  // namespace

void bind_strings(nb::module_& m) {
    nb::class_<RowSource>(m, "RowSource");
    nb::class_<Strings, RowSource>(m, "Strings")
        .def(nb::init<nb::tuple>(), "texts"_a)
        .def("others", &Strings::others)
        .def("held_bytes", &Strings::held_bytes)
        .def("measure", &Strings::measure, "first"_a, "last"_a)
        .def("encode", &Strings::encode, "first"_a, "last"_a, "utf8"_a, "start"_a, "ends"_a);
    m.def("empty_bytes", [](std::size_t size) { return Room<u8>(size); }, "size"_a);
}
}  // namespace dedup
