// The lines and paragraphs of texts, for text.blocks.choose on many texts at once.
#pragma once
#include <span>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// The blocks that text.blocks.choose may choose for a text: lines; lines or paragraphs; any.
enum BlockKind : u8 { LINES, PARAGRAPHS, ANY };

// The constants of text.blocks.
struct LayoutRule {
    nb::handle rule;
    i64 long_line = constant<i64>(rule, "long_line"), wrap_width = constant<i64>(rule, "wrap_width");  // characters
    i64 longest_word = constant<i64>(rule, "longest_word");
    // In wrapped prose, at least forced_breaks of total_breaks line breaks are forced by the width.
    i64 forced_breaks = constant<i64>(rule, "forced_breaks"), total_breaks = constant<i64>(rule, "total_breaks");
};

using Bytes = std::span<const u8>;  // a buffer of UTF-8

// The lines and paragraphs of n texts. Blank lines belong to the paragraph before them.
struct Layout {
    std::vector<i64> lines;            // (l + 1,): where each line begins in the buffer
    std::vector<i64> sizes;            // (l,): characters of each line, without white space at both ends
    std::vector<i64> first_line;       // (n + 1,): the first line of each text
    std::vector<i64> paragraphs;       // (p + 1,): where each paragraph begins in the buffer
    std::vector<i64> first_paragraph;  // (n + 1,): the first paragraph of each text
    std::vector<u8> kinds;             // (n,): the BlockKind of each text
};

Layout lay_out(Bytes bytes, std::span<const i64> offsets, const LayoutRule& rule);
}  // namespace dedup
