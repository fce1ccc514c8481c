// Scans one JSON object (RFC 8259) for some of its fields.
#include "json_object.hpp"

#include <cstring>

#include "kernels.hpp"

namespace dedup {
namespace {
constexpr u32 FIRST_HIGH_SURROGATE = 0xD800, FIRST_LOW_SURROGATE = 0xDC00, AFTER_SURROGATES = 0xE000;

bool is_digit(u8 byte) { return '0' <= byte && byte <= '9'; }

// Returns the value of a hexadecimal digit, or 16.
u32 hex_value(u8 byte) {
    if (is_digit(byte)) return byte - u32{'0'};
    const u8 small = byte | 0x20;
    return 'a' <= small && small <= 'f' ? small - u32{'a'} + 10 : 16;
}

u32 hex_code(const u8* digits) {
    u32 code = 0;
    for (int digit = 0; digit < 4; ++digit) code = code << 4 | hex_value(digits[digit]);
    return code;
}

// Returns the character of an escape of two bytes.
u8 unescaped(u8 letter) {
    switch (letter) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return letter;
    }
}
}  // namespace

bool JsonScanner::scan(i64 begin, i64 end, std::vector<JsonValue>& found) {
    place_ = begin, end_ = end;
    found.assign(names_.size(), {});
    skip_space();
    if (!take('{')) return false;
    skip_space();
    if (!take('}')) {
        do {
            if (!read_member(found)) return false;
        } while (take(','));
        if (!take('}')) return false;
    }
    skip_space();
    return place_ == end_;
}

// Reads `"name": value` and the white space around it.
bool JsonScanner::read_member(std::vector<JsonValue>& found) {
    skip_space();
    const i64 begin = place_ + 1;
    bool has_escapes = false;
    if (!skip_string(has_escapes) || has_escapes) return false;
    const auto size = static_cast<std::size_t>(place_ - 1 - begin);
    skip_space();
    if (!take(':')) return false;
    skip_space();
    JsonValue value;
    if (!skip_value(value, 0)) return false;
    skip_space();
    for (std::size_t name = 0; name < names_.size(); ++name) {
        if (names_[name].size() != size || std::memcmp(names_[name].data(), utf8_.data() + begin, size) != 0) continue;
        if (found[name].kind != JsonValue::ABSENT) return false;
        found[name] = value;
    }
    return true;
}

i64 JsonScanner::write_text(const JsonValue& value, u8* const text) const {
    const u8* from = utf8_.data() + value.begin + 1;
    const u8* const end = utf8_.data() + value.end - 1;
    if (!value.has_escapes) return std::copy(from, end, text) - text;
    u8* to = text;
    while (true) {
        const void* escape = std::memchr(from, '\\', static_cast<std::size_t>(end - from));
        const u8* const stop = escape ? static_cast<const u8*>(escape) : end;
        to = std::copy(from, stop, to);
        if (!escape) return to - text;
        from = stop + 2;
        if (stop[1] != 'u') {
            *to++ = unescaped(stop[1]);
            continue;
        }
        u32 code = hex_code(from);
        from += 4;
        if (FIRST_HIGH_SURROGATE <= code && code < AFTER_SURROGATES) {  // `skip_escape` has checked the pair
            code = 0x10000 + ((code - FIRST_HIGH_SURROGATE) << 10) + (hex_code(from + 2) - FIRST_LOW_SURROGATE);
            from += 6;
        }
        to += kernels_in_use().to_utf8(&code, 1, sizeof code, to, 4);
    }
}

void JsonScanner::skip_space() {
    for (; place_ < end_; ++place_) {
        const u8 byte = utf8_[static_cast<std::size_t>(place_)];
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r') return;
    }
}

bool JsonScanner::take(u8 byte) {
    if (place_ == end_ || utf8_[static_cast<std::size_t>(place_)] != byte) return false;
    ++place_;
    return true;
}

bool JsonScanner::skip_string(bool& has_escapes) {
    if (!take('"')) return false;
    while (true) {
        place_ = kernels_in_use().find_string_end(utf8_.data(), place_, end_, static_cast<i64>(utf8_.size()));
        if (take('"')) return true;
        if (!take('\\') || !skip_escape()) return false;
        has_escapes = true;
    }
}

// Skips the rest of an escape, behind its backslash. A lone surrogate is doubtful.
bool JsonScanner::skip_escape() {
    if (!take('u')) {
        if (place_ == end_) return false;
        switch (utf8_[static_cast<std::size_t>(place_++)]) {
            case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return true;
            default: return false;
        }
    }
    u32 code = 0, low = 0;
    if (!skip_hex(code)) return false;
    if (code < FIRST_HIGH_SURROGATE || AFTER_SURROGATES <= code) return true;
    return code < FIRST_LOW_SURROGATE && take('\\') && take('u') && skip_hex(low) && FIRST_LOW_SURROGATE <= low &&
           low < AFTER_SURROGATES;
}

bool JsonScanner::skip_hex(u32& code) {
    if (end_ - place_ < 4) return false;
    const u8* digits = utf8_.data() + place_;
    for (int digit = 0; digit < 4; ++digit)
        if (hex_value(digits[digit]) > 15) return false;
    code = hex_code(digits);
    place_ += 4;
    return true;
}

bool JsonScanner::skip_number(JsonValue::Kind& kind) {
    const auto skip_digits = [this] {
        const i64 begin = place_;
        while (place_ < end_ && is_digit(utf8_[static_cast<std::size_t>(place_)])) ++place_;
        return place_ - begin;
    };
    const bool is_negative = take('-');
    const i64 begin = place_, digits = skip_digits();
    if (digits == 0 || digits > MAX_INTEGER_DIGITS) return false;
    const bool is_zero = utf8_[static_cast<std::size_t>(begin)] == '0';
    if (is_zero && digits > 1) return false;
    kind = is_negative && is_zero ? JsonValue::OTHER : JsonValue::INTEGER;
    if (take('.')) {
        const i64 decimals = skip_digits();
        if (decimals == 0 || decimals > MAX_INTEGER_DIGITS) return false;
        kind = JsonValue::OTHER;
    }
    const u8 next = place_ < end_ ? utf8_[static_cast<std::size_t>(place_)] : u8{0};
    return next != 'e' && next != 'E';
}

bool JsonScanner::skip_word(const char* word) {
    const std::size_t size = std::strlen(word);
    if (end_ - place_ < static_cast<i64>(size) || std::memcmp(utf8_.data() + place_, word, size) != 0) return false;
    place_ += static_cast<i64>(size);
    return true;
}

bool JsonScanner::skip_value(JsonValue& value, int depth) {
    if (place_ == end_) return false;
    value.begin = place_, value.kind = JsonValue::OTHER;
    bool is_valid = false;
    switch (utf8_[static_cast<std::size_t>(place_)]) {
        case '"':
            value.kind = JsonValue::STRING;
            is_valid = skip_string(value.has_escapes);
            break;
        case 'n':
            value.kind = JsonValue::JSON_NULL;
            is_valid = skip_word("null");
            break;
        case 't': is_valid = skip_word("true"); break;
        case 'f': is_valid = skip_word("false"); break;
        case '{': is_valid = depth < MAX_DEPTH && skip_members('}', depth + 1); break;
        case '[': is_valid = depth < MAX_DEPTH && skip_members(']', depth + 1); break;
        default: is_valid = skip_number(value.kind);
    }
    value.end = place_;
    return is_valid;
}

// Skips the members of an object or array, and the brackets around them.
bool JsonScanner::skip_members(u8 last, int depth) {
    ++place_;
    skip_space();
    if (take(last)) return true;
    do {
        skip_space();
        if (last == '}') {
            bool has_escapes = false;
            if (!skip_string(has_escapes)) return false;
            skip_space();
            if (!take(':')) return false;
            skip_space();
        }
        JsonValue value;
        if (!skip_value(value, depth)) return false;
        skip_space();
    } while (take(','));
    return take(last);
}
}  // namespace dedup
