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
    nb::handle rule;
    i64 long_line = constant<i64>(rule, "long_line"), wrap_width = constant<i64>(rule, "wrap_width");  // characters
    i64 longest_word = constant<i64>(rule, "longest_word");
    i64 forced = constant<i64>(rule, "forced"), of_breaks = constant<i64>(rule, "of_breaks");  // so many of so many
};

using Bytes = std::span<const u8>;  // of UTF-8, of which any part may be read

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
}  // namespace dedup
