// Copies blocks of texts: text/block_table.py.
#include "arrays.hpp"

#include <cstring>

namespace dedup {
namespace {
// Copies segments of a buffer one after the other into another one, which they fill: text.block_table.gather_segments.
void gather_segments(const Array<u8>& utf8, const Array<i64>& starts, const Array<i64>& ends,
                     const OutputArray<u8>& result) {
    const std::size_t count = starts.shape(0);
    const i64 *first = starts.data(), *last = ends.data(), size = static_cast<i64>(utf8.shape(0));
    if (ends.shape(0) != count) throw nb::value_error("ends: not as many as starts");
    i64 total = 0;
    for (std::size_t row = 0; row < count; ++row) {
        if (first[row] < 0 || first[row] > last[row] || last[row] > size)
            throw nb::value_error("segments: beyond the text");
        total += last[row] - first[row];
    }
    if (total != static_cast<i64>(result.shape(0))) throw nb::value_error("segments: do not fill the result");
    nb::gil_scoped_release release;
    u8* to = result.data();
    for (std::size_t row = 0; row < count; ++row) {
        const auto length = static_cast<std::size_t>(last[row] - first[row]);
        if (length > 0) std::memmove(to, utf8.data() + first[row], length);
        to += length;
    }
}
}  // namespace

void bind_block_table(nb::module_& m) {
    m.def("gather_segments", &gather_segments, "utf8"_a, "starts"_a, "ends"_a, "result"_a);
}
}  // namespace dedup
