// How texts lie in lines and paragraphs: what text.blocks.choose looks at, for many at once.
#pragma once
#include <span>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// What the blocks of a text may be: lines; lines or paragraphs; sentences perhaps.
enum BlockKind : u8 { LINES, PARAGRAPHS, ANY };

// The constants of text.blocks.
struct LayoutRule {
    explicit LayoutRule(const nb::object& rule);
    i64 long_line, wrap_width, longest_word;  // characters
    i64 forced, of_breaks;                    // so many of so many
};

// UTF-8, of which any part may be read.
struct Bytes {
    const u8* utf8;
    i64 size;
};

// The lines and paragraphs of n texts, with the blank lines behind them.
struct Layout {
    std::vector<i64> lines;       // (l + 1,): where they begin in the buffer
    std::vector<i64> shown;       // (l,): their characters, without the white space around them
    std::vector<i64> first_line;  // (n + 1,): of each text
    std::vector<i64> paragraphs;  // (p + 1,)
    std::vector<i64> first_paragraph;  // (n + 1,)
    std::vector<u8> kinds;             // (n,)
};

Layout lay_out(Bytes bytes, std::span<const i64> offsets, const LayoutRule& rule);

// Tells whether a line ends with a line break.
inline bool is_ended(Bytes bytes, i64 stop) { return bytes.utf8[stop - 1] == '\n' || bytes.utf8[stop - 1] == '\r'; }
}  // namespace dedup
