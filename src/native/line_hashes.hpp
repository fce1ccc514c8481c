// Hashes of lines by their bytes: text/line_hashes.py.
#pragma once
#include <span>

#include "types.hpp"

namespace dedup {
std::span<const u8> without_white_space(std::span<const u8> line);
// Hashes a line without white space around it.
u64 hash_line(std::span<const u8> line);
}  // namespace dedup
