// Copies blocks of texts: text/block_table.py.
#include "arrays.hpp"

#include <cstring>

namespace dedup {
namespace {
// Copies segments of a buffer to places of another one: text.block_table.gather_segments.
void gather_segments(const Array<u8>& utf8, const Array<i64>& starts, const Array<i64>& ends, const Array<i64>& places,
                     const OutputArray<u8>& result) {
    const std::size_t count = starts.shape(0);
    const i64 *first = starts.data(), *last = ends.data(), *place = places.data();
    const i64 size = static_cast<i64>(utf8.shape(0)), room = static_cast<i64>(result.shape(0));
    if (ends.shape(0) != count || places.shape(0) != count) throw nb::value_error("ends: not as many as starts");
    for (std::size_t row = 0; row < count; ++row) {
        if (first[row] < 0 || first[row] > last[row] || last[row] > size)
            throw nb::value_error("segments: beyond the text");
        if (place[row] < 0 || place[row] > room - (last[row] - first[row]))
            throw nb::value_error("places: beyond the result");
    }
    nb::gil_scoped_release release;
    for (std::size_t row = 0; row < count; ++row) {
        const auto length = static_cast<std::size_t>(last[row] - first[row]);
        if (length > 0) std::memmove(result.data() + place[row], utf8.data() + first[row], length);
    }
}
}  // namespace

void bind_block_table(nb::module_& m) {
    m.def("gather_segments", &gather_segments, "utf8"_a, "starts"_a, "ends"_a, "places"_a,
          "result"_a);
}
}  // namespace dedup
