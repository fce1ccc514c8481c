// Reads JSON lines: the quick twin of JsonLines._read_lines in dedup/datasets/formats/jsonl.py.
#include <cstring>

#include "arrays.hpp"
#include "json_object.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
// The records of JSON lines. With f text fields, row r has the texts f * r up to f * (r + 1); other fields likewise.
struct JsonRecords {
    explicit JsonRecords(std::size_t size) : utf8(0, size) {}
    std::vector<i64> ends;                   // of each record
    GrowingArray<u8> utf8;                   // the texts
    std::vector<i64> offsets{0};             // of the texts
    GrowingArray<bool> missing{0, 1 << 10};  // texts that are null or absent
    GrowingArray<u8> json{0, 1 << 12};       // the values of the other fields, as JSON; null if absent
    std::vector<i64> json_offsets{0};        // of these values
    GrowingArray<bool> plain{0, 1 << 10};    // values that orjson would write alike: null, integers, most strings
    std::vector<i64> doubtful;               // rows that Python must read
    i64 line_breaks = 0;
};

bool is_blank(const u8* from, const u8* end) {
    return std::all_of(from, end, [](u8 byte) { return byte == ' ' || (9 <= byte && byte <= 13); });
}

void add_text(const JsonScanner& scanner, const JsonValue& value, JsonRecords& found) {
    const bool is_missing = value.kind != JsonValue::STRING;
    const auto most = static_cast<std::size_t>(is_missing ? 0 : value.end - value.begin);
    const std::size_t begin = found.utf8.append(most);
    const i64 size = is_missing ? 0 : scanner.write_text(value, found.utf8.data() + begin);
    found.utf8.truncate(begin + static_cast<std::size_t>(size));
    found.offsets.push_back(static_cast<i64>(found.utf8.size()));
    found.missing.push(is_missing);
}

void add_json(std::span<const u8> bytes, const JsonValue& value, JsonRecords& found) {
    constexpr u8 ABSENT_VALUE[] = {'n', 'u', 'l', 'l'};
    std::span<const u8> json(ABSENT_VALUE);
    if (value.kind != JsonValue::ABSENT)
        json = bytes.subspan(static_cast<std::size_t>(value.begin), static_cast<std::size_t>(value.end - value.begin));
    const std::size_t begin = found.json.append(json.size());
    std::copy(json.begin(), json.end(), found.json.data() + begin);
    found.json_offsets.push_back(static_cast<i64>(found.json.size()));
    found.plain.push(value.kind != JsonValue::OTHER && !value.has_escapes);
}

// Reads the lines of `data` from byte `first` on. The first `texts` names are those of text fields.
JsonRecords read_lines(std::span<const u8> data, i64 first, const std::vector<std::string>& names, std::size_t texts) {
    const auto size = static_cast<i64>(data.size());
    JsonRecords found(data.size());
    JsonScanner scanner(data, names);
    std::vector<JsonValue> values;
    const Kernels& kernels = kernels_in_use();
    const bool is_utf8 = kernels.is_utf8(data.data(), first, size);
    for (i64 begin = first, stop = first; begin < size; begin = stop) {
        const void* line_break = std::memchr(data.data() + begin, '\n', static_cast<std::size_t>(size - begin));
        const i64 end = line_break ? static_cast<const u8*>(line_break) - data.data() : size;
        stop = line_break ? end + 1 : end;
        found.line_breaks += line_break != nullptr;
        if (is_blank(data.data() + begin, data.data() + end)) continue;
        bool is_read = (is_utf8 || kernels.is_utf8(data.data(), begin, end)) && scanner.scan(begin, end, values);
        for (std::size_t field = 0; is_read && field < texts; ++field)
            is_read = values[field].kind <= JsonValue::STRING;
        if (!is_read) {
            found.doubtful.push_back(static_cast<i64>(found.ends.size()));
            values.assign(names.size(), {});
        }
        for (std::size_t field = 0; field < names.size(); ++field)
            field < texts ? add_text(scanner, values[field], found) : add_json(data, values[field], found);
        found.ends.push_back(stop);
    }
    if (!found.ends.empty()) found.ends.back() = size;  // blank lines at the end belong to the last record
    return found;
}

auto read_json_lines(const Array<u8>& data, i64 first, const nb::list& name_list, std::size_t texts) {
    const std::vector<std::string> names = strings_of(name_list);
    if (first < 0 || first > static_cast<i64>(data.shape(0))) throw nb::index_error("first: beyond the data");
    if (texts > names.size()) throw nb::value_error("texts: more than names");
    JsonRecords found = [&] {
        nb::gil_scoped_release release;
        return read_lines({data.data(), data.shape(0)}, first, names, texts);
    }();
    return std::make_tuple(std::move(found.ends), std::move(found.utf8), std::move(found.offsets),
                           std::move(found.missing), std::move(found.json), std::move(found.json_offsets),
                           std::move(found.plain), std::move(found.doubtful), found.line_breaks);
}
}  // namespace

void bind_json_lines(nb::module_& m) {
    m.def("read_json_lines", &read_json_lines, "data"_a, "first"_a, "names"_a, "texts"_a);
}
}  // namespace dedup
