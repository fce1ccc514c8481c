// Reads CSV: the quick twin of Csv._records in dedup/datasets/formats/csv_records.py.
#include <cstring>

#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
// The records at the beginning of some data. With f text columns, record r has the texts f * r up to f * (r + 1).
struct CsvRecords {
    explicit CsvRecords(std::size_t size) : texts(0, size) {}
    std::vector<i64> ends;                     // of each record
    GrowingArray<u8> texts;                    // the cells of the text columns
    std::vector<i64> text_offsets{0};          // of these cells
    GrowingArray<u8> other_cells{0, 1 << 12};  // the cells of all other columns
    std::vector<i64> other_offsets{0};         // of these cells
    bool is_unusual = false;                   // the next record must be read by Python
};

struct Cell {
    i64 begin, end;           // without its quotes
    bool has_doubled_quotes;  // two of them mean one
};

// Finds the cells of records, one record at a time. Only what is valid for the strict reader of Python is a record.
class CsvScanner {
   public:
    enum Result { RECORD, INCOMPLETE, UNUSUAL };

    // `is_last`: the last record needs no line break.
    CsvScanner(std::span<const u8> data, u8 delimiter, bool is_last)
        : bytes_(data.data()), size_(static_cast<i64>(data.size())), delimiter_(delimiter), is_last_(is_last) {}

    // Finds the cells of the next record, after blank lines. If there is one, `place` moves to its end.
    Result next(i64& place, std::vector<Cell>& cells) const {
        cells.clear();
        i64 at = place;
        while (const i64 size = line_break(at)) at += size;
        if (at >= size_) return INCOMPLETE;
        for (;; ++at) {
            if (const Result result = read_cell(at, cells); result != RECORD) return result;
            if (at == size_ && !is_last_) return INCOMPLETE;
            if (at == size_ || bytes_[at] != delimiter_) break;
        }
        const i64 size = line_break(at);
        if (!size && at < size_) return UNUSUAL;  // neither a delimiter nor the end of a line
        place = at + size;
        return RECORD;
    }

   private:
    i64 line_break(i64 at) const {
        if (at < size_ && bytes_[at] == '\n') return 1;
        return at + 1 < size_ && bytes_[at] == '\r' && bytes_[at + 1] == '\n' ? 2 : 0;
    }

    // Moves `at` to the byte after the cell.
    Result read_cell(i64& at, std::vector<Cell>& cells) const {
        Cell cell{at, at, false};
        if (at < size_ && bytes_[at] == '"') {
            cell.begin = at + 1;
            for (;; cell.has_doubled_quotes = true) {
                const void* quote = std::memchr(bytes_ + at + 1, '"', static_cast<std::size_t>(size_ - at - 1));
                if (!quote) return is_last_ ? UNUSUAL : INCOMPLETE;
                cell.end = static_cast<const u8*>(quote) - bytes_;
                at = cell.end + 1;
                if (at == size_ || bytes_[at] != '"') break;
            }
        } else {
            for (; at < size_ && bytes_[at] != delimiter_ && bytes_[at] != '\n' && bytes_[at] != '\r'; ++at)
                if (bytes_[at] == '"') return UNUSUAL;
            cell.end = at;
        }
        cells.push_back(cell);
        return RECORD;
    }

    const u8* bytes_;
    i64 size_;
    u8 delimiter_;
    bool is_last_;
};

void add_cell(const u8* bytes, const Cell& cell, GrowingArray<u8>& utf8, std::vector<i64>& offsets) {
    const std::size_t begin = utf8.append(static_cast<std::size_t>(cell.end - cell.begin));
    u8* out = utf8.data() + begin;
    i64 from = cell.begin;
    while (cell.has_doubled_quotes) {  // copies up to the first of two quotes, and continues after the second
        const void* quote = std::memchr(bytes + from, '"', static_cast<std::size_t>(cell.end - from));
        if (!quote) break;
        const i64 after = static_cast<const u8*>(quote) - bytes + 1;
        out = std::copy(bytes + from, bytes + after, out);
        from = after + 1;
    }
    out = std::copy(bytes + from, bytes + cell.end, out);
    utf8.truncate(static_cast<std::size_t>(out - utf8.data()));
    offsets.push_back(static_cast<i64>(utf8.size()));
}

CsvRecords read_records(std::span<const u8> data, u8 delimiter, bool is_last, std::size_t width,
                        std::span<const i64> columns, std::size_t texts) {
    const CsvScanner scanner(data, delimiter, is_last);
    const Kernels& kernels = kernels_in_use();
    const bool is_utf8 = kernels.is_utf8(data.data(), 0, static_cast<i64>(data.size()));
    CsvRecords found(data.size());
    std::vector<Cell> cells;
    for (i64 place = 0;;) {
        const i64 begin = place;
        const CsvScanner::Result result = scanner.next(place, cells);
        if (result == CsvScanner::INCOMPLETE) break;
        const bool is_read = result == CsvScanner::RECORD && cells.size() == width &&
                             (is_utf8 || kernels.is_utf8(data.data(), begin, place));
        if (!is_read) {
            found.is_unusual = true;
            break;
        }
        for (std::size_t column = 0; column < columns.size(); ++column) {
            const Cell& cell = cells[static_cast<std::size_t>(columns[column])];
            if (column < texts)
                add_cell(data.data(), cell, found.texts, found.text_offsets);
            else
                add_cell(data.data(), cell, found.other_cells, found.other_offsets);
        }
        found.ends.push_back(place);
    }
    return found;
}

auto read_csv_records(const Array<u8>& data, u8 delimiter, bool is_last, i64 width, const Array<i64>& columns,
                      std::size_t texts) {
    const std::span<const i64> wanted(columns.data(), columns.shape(0));
    if (std::any_of(wanted.begin(), wanted.end(), [=](i64 column) { return column < 0 || column >= width; }))
        throw nb::index_error("columns: beyond the width");
    CsvRecords found = [&] {
        nb::gil_scoped_release release;
        return read_records({data.data(), data.shape(0)}, delimiter, is_last, static_cast<std::size_t>(width), wanted,
                            texts);
    }();
    return std::make_tuple(std::move(found.ends), std::move(found.texts), std::move(found.text_offsets),
                           std::move(found.other_cells), std::move(found.other_offsets), found.is_unusual);
}
}  // namespace

void bind_csv_records(nb::module_& m) {
    m.def("read_csv_records", &read_csv_records, "data"_a, "delimiter"_a, "is_last"_a, "width"_a, "columns"_a,
          "texts"_a);
}
}  // namespace dedup
