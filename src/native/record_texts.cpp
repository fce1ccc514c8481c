// Reads the texts of records again when they are compared, so that none is held in memory: datasets.record_texts.
#include "arrays.hpp"
#include "json_object.hpp"
#include "kernels.hpp"
#if __has_include(<unistd.h>)
#include <unistd.h>

#include <cerrno>
#endif

namespace dedup {
namespace {
// An input, or the file of texts, cannot be read again, or has other bytes now.
struct ChangedInputError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Fills `bytes` from a place of a file; returns false if it has fewer, or an error occurs.
bool read_at(i64 file, i64 place, std::span<u8> bytes) {
#if __has_include(<unistd.h>)
    while (!bytes.empty()) {
        const ssize_t size = pread(static_cast<int>(file), bytes.data(), bytes.size(), place);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        place += size, bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
    return true;
#else
    return bytes.empty();
#endif
}

// Rows of a temporary file: row i has the bytes from edges[i] up to edges[i + 1], counted from `start`.
class FileTexts : public RowSource {
   public:
    FileTexts(i64 descriptor, i64 start, const nb::object& edges)
        : descriptor_(descriptor), start_(start), edges_(held_.hold<const i64>(edges, "edges", 1)) {}
    void write(i64 row, std::span<u8> utf8) const override {
        check_range(row, row + 1, static_cast<i64>(edges_.size()) - 1);
        if (!read_at(descriptor_, start_ + edges_[static_cast<std::size_t>(row)], utf8))
            throw std::runtime_error("a temporary file cannot be read a second time");
    }

   private:
    HeldObjects held_;
    i64 descriptor_, start_;
    std::span<const i64> edges_;
};

// The texts of n records of JSON lines. Those of some rows are in a file of texts, all other texts in the inputs.
class RecordTexts : public RowSource {
   public:
    // Input i has the rows from first_rows[i] up to first_rows[i + 1] and its records begin at byte heads[i]; ends has
    // the end of each record in its input. Row stored_rows[k] has the bytes stored_edges[k] up to stored_edges[k + 1]
    // of the file of texts.
    RecordTexts(const Array<i64>& files, const nb::object& first_rows, const nb::object& heads, const nb::object& ends,
                const nb::list& names, const std::string& separator, i64 text_file, const nb::object& stored_rows,
                const nb::object& stored_edges)
        : files_(files.data(), files.data() + files.shape(0)),
          first_rows_(held_.hold<const i64>(first_rows, "first_rows", files_.size() + 1)),
          heads_(held_.hold<const i64>(heads, "heads", files_.size())),
          ends_(held_.hold<const i64>(ends, "ends")),
          names_(strings_of(names)),
          separator_(separator),
          text_file_(text_file),
          stored_rows_(held_.hold<const i64>(stored_rows, "stored_rows")),
          stored_edges_(held_.hold<const i64>(stored_edges, "stored_edges", stored_rows_.size() + 1)) {
        check_offsets(first_rows_, ends_.size(), "first_rows");
        if (first_rows_.front() != 0 || first_rows_.back() != rows()) throw nb::value_error("first_rows: other rows");
        if (!std::is_sorted(stored_rows_.begin(), stored_rows_.end()))
            throw nb::value_error("stored_rows: not ascending");
    }

    void write(i64 row, std::span<u8> utf8) const override {
        std::vector<u8>& text = text_memory();
        read(row, text);
        if (text.size() != utf8.size()) throw ChangedInputError("a record has another text than before");
        std::copy(text.begin(), text.end(), utf8.begin());
    }

    nb::bytes text(i64 row) const {
        check_range(row, row + 1, rows());
        std::vector<u8> text;
        {
            nb::gil_scoped_release release;
            read(row, text);
        }
        return nb::bytes(text.data(), text.size());
    }

   private:
    static std::vector<u8>& text_memory() {
        thread_local std::vector<u8> memory;
        return memory;
    }
    i64 rows() const { return static_cast<i64>(ends_.size()); }

    // Puts the text of a row into `text`.
    void read(i64 row, std::vector<u8>& text) const {
        const auto stored = std::lower_bound(stored_rows_.begin(), stored_rows_.end(), row);
        if (stored != stored_rows_.end() && *stored == row) {
            const auto place = static_cast<std::size_t>(stored - stored_rows_.begin());
            read_bytes(text_file_, stored_edges_[place], stored_edges_[place + 1], text);
            return;
        }
        const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end() - 1, row);
        const auto input = static_cast<std::size_t>(after - first_rows_.begin()) - 1;
        const auto place = static_cast<std::size_t>(row);
        thread_local std::vector<u8> record;
        read_bytes(files_[input], row == first_rows_[input] ? heads_[input] : ends_[place - 1], ends_[place], record);
        read_record(record, text);
    }

    static void read_bytes(i64 file, i64 begin, i64 end, std::vector<u8>& bytes) {
        if (begin < 0 || begin > end) throw std::invalid_argument("ends: not ascending");
        bytes.resize(static_cast<std::size_t>(end - begin));
        if (!read_at(file, begin, bytes)) throw ChangedInputError("a record cannot be read a second time");
    }

    void read_record(std::span<const u8> record, std::vector<u8>& text) const {
        thread_local std::vector<JsonValue> values;
        JsonScanner scanner(record, names_);
        const auto size = static_cast<i64>(record.size());
        // Blank lines before the object may have white space that is none in JSON.
        const auto begin = std::find(record.begin(), record.end(), '{') - record.begin();
        if (!kernels_in_use().is_utf8(record.data(), 0, size) || !scanner.scan(begin, size, values))
            throw ChangedInputError("a record has other fields than before");
        text.resize(record.size() + names_.size() * separator_.size());
        u8* to = text.data();
        bool is_missing = true;
        for (std::size_t field = 0; field < values.size(); ++field) {
            if (field > 0) to = std::copy(separator_.begin(), separator_.end(), to);
            if (values[field].kind != JsonValue::STRING) continue;
            to += scanner.write_text(values[field], to);
            is_missing = false;
        }
        text.resize(is_missing ? 0 : static_cast<std::size_t>(to - text.data()));
    }

    HeldObjects held_;
    std::vector<i64> files_;  // descriptors
    std::span<const i64> first_rows_, heads_, ends_;
    std::vector<std::string> names_;
    std::string separator_;
    i64 text_file_;
    std::span<const i64> stored_rows_, stored_edges_;
};
}  // namespace

void bind_record_texts(nb::module_& m) {
    nb::exception<ChangedInputError>(m, "ChangedInputError");
    nb::class_<FileTexts, RowSource>(m, "FileTexts")
        .def(nb::init<i64, i64, nb::object>(), "descriptor"_a, "start"_a, "edges"_a);
    nb::class_<RecordTexts, RowSource>(m, "RecordTexts")
        .def(nb::init<const Array<i64>&, nb::object, nb::object, nb::object, nb::list, std::string, i64, nb::object,
                      nb::object>(),
             "files"_a, "first_rows"_a, "heads"_a, "ends"_a, "names"_a, "separator"_a, "text_file"_a, "stored_rows"_a,
             "stored_edges"_a)
        .def("text", &RecordTexts::text, "row"_a);
}
}  // namespace dedup
