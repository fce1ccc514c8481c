// Finds the lines and paragraphs of texts, and the blocks that text.blocks.choose may choose.
#include "kernels.hpp"
#include "block_table.hpp"

#include <cstring>

namespace dedup {
namespace {
constexpr i64 SEARCHED_BYTES = 1 << 12;  // searched for line breaks at a time: their places fit in the cache

// Finds line breaks, at ascending places.
class Breaks {
   public:
    Breaks(const u8* utf8, i64 first, i64 last) : utf8_(utf8), searched_(first), last_(last), found_(SEARCHED_BYTES) {}

    // Returns the first line break at or after a place, or the end of the texts if there is none.
    i64 from(i64 place) {
        while (true) {
            while (next_ < count_ && found_[next_] < place) ++next_;
            if (next_ < count_) return found_[next_];
            if (searched_ == last_) return last_;
            const i64 stop = std::min(searched_ + SEARCHED_BYTES, last_);
            count_ = kernels_in_use().find_breaks(utf8_, searched_, stop, found_.data());
            searched_ = stop, next_ = 0;
        }
    }

   private:
    const u8* utf8_;
    i64 searched_, last_, next_ = 0, count_ = 0;
    std::vector<i64> found_;
};

// Returns the bytes of the white space character at a place (\s of Python), or 0 if it is none.
i64 space(const u8* utf8, i64 place, i64 stop) {
    const u8 byte = utf8[place];
    if (byte <= 0x20) return byte == 0x20 || (9 <= byte && byte <= 13) || byte >= 0x1C;
    if (byte == 0xC2 && place + 1 < stop) return utf8[place + 1] == 0x85 || utf8[place + 1] == 0xA0 ? 2 : 0;
    if (byte < 0xE1 || byte > 0xE3 || place + 2 >= stop) return 0;
    const u32 code = (byte & 15u) << 12 | (utf8[place + 1] & 63u) << 6 | (utf8[place + 2] & 63u);
    if ((0x2000 <= code && code <= 0x200A) || code == 0x2028 || code == 0x2029) return 3;
    return code == 0x1680 || code == 0x202F || code == 0x205F || code == 0x3000 ? 3 : 0;
}

// Returns the bytes of the white space character before `stop`, or 0 if it is none.
i64 space_before(const u8* utf8, i64 start, i64 stop) {
    i64 size = 1;
    while (size < 3 && stop - size > start && (utf8[stop - size] & 0xC0) == 0x80) ++size;
    return space(utf8, stop - size, stop) == size ? size : 0;
}

// Counts the characters of a line without white space at both ends.
i64 stripped_size(Bytes bytes, i64 start, i64 stop) {
    for (i64 blank = 1; blank > 0 && start < stop; start += blank) blank = space(bytes.data(), start, stop);
    for (i64 blank = 1; blank > 0 && start < stop; stop -= blank) blank = space_before(bytes.data(), start, stop);
    return kernels_in_use().count_characters(bytes.data(), start, stop, std::ssize(bytes));
}

// Returns whether text.blocks.is_wrapped may be true for lines of these sizes.
bool may_be_wrapped(std::span<const i64> sizes, const LayoutRule& rule) {
    while (!sizes.empty() && sizes.back() == 0) sizes = sizes.first(sizes.size() - 1);
    while (!sizes.empty() && sizes.front() == 0) sizes = sizes.subspan(1);
    const i64 breaks = static_cast<i64>(sizes.size()) - 1;
    if (breaks < 2) return false;
    const i64 width = *std::max_element(sizes.begin(), sizes.end());
    if (width < rule.wrap_width) return false;
    const auto is_forced = [&](i64 size) { return size + 1 + rule.longest_word > width; };
    const i64 forced = std::count_if(sizes.begin(), sizes.end() - 1, is_forced);
    return rule.total_breaks * forced >= rule.forced_breaks * breaks;
}

// Adds the lines and paragraphs of one text to `found`.
void lay_out_text(Bytes bytes, i64 start, i64 end, Breaks& breaks, const LayoutRule& rule, Layout& found) {
    const auto lines = [&] { return found.lines.size(); };
    const std::size_t first = lines(), begun = found.paragraphs.size();
    std::size_t group = first;                // the first line of the paragraph
    i64 filled = 0, longest = 0, total = 0;   // lines that are not blank, and their characters
    bool wrapped = false;
    const auto end_paragraph = [&] {
        wrapped = wrapped || may_be_wrapped(std::span(found.sizes).subspan(group), rule);
        group = lines();
    };
    while (start < end) {
        const i64 at = breaks.from(start);
        i64 stop = at < end ? at + 1 : end;
        if (stop < end && bytes[stop - 1] == '\r' && bytes[stop] == '\n') ++stop;
        const i64 size = stripped_size(bytes, start, stop);
        if (lines() == first) found.paragraphs.push_back(start);
        if (size > 0 && filled > 0 && lines() > group && found.sizes.back() == 0) {
            end_paragraph();
            found.paragraphs.push_back(start);
        }
        found.lines.push_back(start);
        found.sizes.push_back(size);
        filled += size > 0, longest = std::max(longest, size), total += size;
        start = stop;
    }
    end_paragraph();
    u8 kind = LINES;
    if (filled <= 1 || (longest > rule.long_line && 2 * longest > total))
        kind = ANY;
    else if (wrapped)
        kind = found.paragraphs.size() - begun > 1 ? PARAGRAPHS : ANY;
    found.first_line.push_back(static_cast<i64>(lines()));
    found.first_paragraph.push_back(static_cast<i64>(found.paragraphs.size()));
    found.kinds.push_back(kind);
}

constexpr u8 BOM[] = {0xEF, 0xBB, 0xBF};

// Cuts texts into lines if text.blocks.choose certainly chooses lines, or `always`. Returns where the blocks begin, and
// which texts were cut. Leaves out texts with a BOM, which is a block of its own.
std::tuple<std::vector<i64>, GrowingArray<bool>> cut_lines(const Array<u8>& utf8, const Array<i64>& offsets,
                                                   const nb::object& settings, bool always) {
    const i64 count = check_offsets({offsets.data(), offsets.shape(0)}, utf8.shape(0));
    const LayoutRule rule{settings};
    GrowingArray<bool> known(static_cast<std::size_t>(count));
    std::vector<i64> begins;
    nb::gil_scoped_release release;
    const Bytes bytes(utf8.data(), utf8.shape(0));
    const auto is_ended = [bytes](i64 stop) { return bytes[stop - 1] == '\n' || bytes[stop - 1] == '\r'; };
    const Layout laid = lay_out(bytes, {offsets.data(), offsets.shape(0)}, rule);
    for (i64 text = 0; text < count; ++text) {
        const u8 *start = bytes.data() + offsets.data()[text], *stop = bytes.data() + offsets.data()[text + 1];
        const bool is_cut = (always || laid.kinds[text] == LINES) &&
                            !(stop - start >= 3 && std::equal(BOM, BOM + 3, start));
        known.data()[text] = is_cut;
        if (!is_cut) continue;
        // A blank line belongs to the block before it. A blank last line without a line break is a block.
        for (i64 first = laid.first_line[text], line = first; line < laid.first_line[text + 1]; ++line)
            if (line == first || laid.sizes[line] > 0 || !is_ended(laid.lines[line + 1]))
                begins.push_back(laid.lines[line]);
    }
    return {std::move(begins), std::move(known)};
}

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

Layout lay_out(Bytes bytes, std::span<const i64> offsets, const LayoutRule& rule) {
    Layout found;
    Breaks breaks(bytes.data(), offsets.front(), offsets.back());
    found.first_line.assign(1, 0);
    found.first_paragraph.assign(1, 0);
    for (std::size_t text = 0; text + 1 < offsets.size(); ++text)
        lay_out_text(bytes, offsets[text], offsets[text + 1], breaks, rule, found);
    found.lines.push_back(offsets.back());
    found.paragraphs.push_back(offsets.back());
    return found;
}

void bind_block_table(nb::module_& m) {
    m.def("cut_lines", &cut_lines, "utf8"_a, "offsets"_a, "rule"_a, "always"_a);
    m.def("gather_segments", &gather_segments, "utf8"_a, "starts"_a, "ends"_a, "result"_a);
}
}  // namespace dedup
