// Finds fields of a JSON object without parsing its other values: the quick twin of orjson.loads in
// dedup/datasets/formats/jsonl.py.
//
// An object is doubtful if it is not certainly valid JSON, or unusual: a number with an exponent, a lone surrogate, an
// escaped name, a field that occurs twice. Python reads doubtful objects.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "types.hpp"

namespace dedup {
// A value of an object: its bytes, with the quotes of a string.
struct JsonValue {
    enum Kind : u8 { ABSENT, JSON_NULL, STRING, INTEGER, OTHER };
    Kind kind = ABSENT;
    bool has_escapes = false;  // of a string
    i64 begin = 0, end = 0;
};

// Scans objects of a buffer of well-formed UTF-8 for the fields with some names.
class JsonScanner {
   public:
    JsonScanner(std::span<const u8> utf8, const std::vector<std::string>& names) : utf8_(utf8), names_(names) {}

    // Finds the fields of the object from begin up to end, with white space around it; returns false if it is doubtful.
    bool scan(i64 begin, i64 end, std::vector<JsonValue>& found);

    // Writes the text of a string value; returns the bytes written, at most those of the value.
    i64 write_text(const JsonValue& value, u8* text) const;

   private:
    static constexpr int MAX_DEPTH = 64;         // of nested values
    static constexpr i64 MAX_INTEGER_DIGITS = 18;  // of a number that is read by all parsers alike

    void skip_space();
    bool take(u8 byte);
    bool skip_string(bool& has_escapes);
    bool skip_escape();
    bool skip_hex(u32& code);
    bool skip_number(JsonValue::Kind& kind);
    bool skip_word(const char* word);
    bool skip_value(JsonValue& value, int depth);
    bool skip_members(u8 last, int depth);
    bool read_member(std::vector<JsonValue>& found);

    std::span<const u8> utf8_;
    const std::vector<std::string>& names_;
    i64 place_ = 0, end_ = 0;
};
}  // namespace dedup
