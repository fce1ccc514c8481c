// Where the blocks of texts begin whose blocks are lines, and stretches laid end to end: dedup.cuts.
#include <cstring>

#include "bindings.hpp"
#include "layout.hpp"

namespace dedup {
namespace {
constexpr u8 BOM[] = {0xEF, 0xBB, 0xBF};

// Finds the blocks of the texts that are cut into lines for certain, or always; returns where they begin,
// and which texts these are. One with a BOM, which is a block of its own, is not.
std::tuple<std::vector<i64>, Room<bool>> cut_lines(const Array<u8>& utf8, const Array<i64>& offsets,
                                                   const nb::object& settings, bool always) {
    const i64 count = check_offsets({offsets.data(), offsets.shape(0)}, utf8.shape(0));
    const LayoutRule rule{settings};
    Room<bool> known(static_cast<std::size_t>(count));
    std::vector<i64> begins;
    nb::gil_scoped_release release;
    const Bytes bytes(utf8.data(), utf8.shape(0));
    const Layout laid = lay_out(bytes, {offsets.data(), offsets.shape(0)}, rule);
    for (i64 text = 0; text < count; ++text) {
        const u8 *start = bytes.data() + offsets.data()[text], *stop = bytes.data() + offsets.data()[text + 1];
        const bool is_cut = (always || laid.kinds[text] == LINES) &&
                            !(stop - start >= 3 && std::equal(BOM, BOM + 3, start));
        known.data()[text] = is_cut;
        if (!is_cut) continue;
        // A blank line belongs to the block before it, but for blanks at the end of a text without
        // a line break behind them.
        for (i64 first = laid.first_line[text], line = first; line < laid.first_line[text + 1]; ++line)
            if (line == first || laid.shown[line] > 0 || !is_ended(bytes, laid.lines[line + 1]))
                begins.push_back(laid.lines[line]);
    }
    return {std::move(begins), std::move(known)};
}

// Lays stretches of a buffer end to end into another one, which they fill.
void gather(const Array<u8>& utf8, const Array<i64>& begins, const Array<i64>& ends, const Written<u8>& found) {
    const std::size_t count = begins.shape(0);
    const i64 *first = begins.data(), *last = ends.data(), size = static_cast<i64>(utf8.shape(0));
    if (ends.shape(0) != count) throw nb::value_error("stretches: as many ends as begins");
    i64 total = 0;
    for (std::size_t row = 0; row < count; ++row) {
        if (first[row] < 0 || first[row] > last[row] || last[row] > size)
            throw nb::value_error("stretches: beyond the text");
        total += last[row] - first[row];
    }
    if (total != static_cast<i64>(found.shape(0))) throw nb::value_error("stretches: they do not fill the other buffer");
    nb::gil_scoped_release release;
    u8* to = found.data();
    for (std::size_t row = 0; row < count; ++row) {
        const auto length = static_cast<std::size_t>(last[row] - first[row]);
        if (length > 0) std::memmove(to, utf8.data() + first[row], length);
        to += length;
    }
}
}  // namespace

void bind_cutting(nb::module_& m) {
    m.def("cut_lines", &cut_lines, "utf8"_a, "offsets"_a, "rule"_a, "always"_a);
    m.def("gather", &gather, "utf8"_a, "begins"_a, "ends"_a, "found"_a);
}
}  // namespace dedup
