// Hashes of lines by their bytes: text/line_hashes.py.
#include "line_hashes.hpp"

#include <bit>
#include <cstring>

#include "arrays.hpp"

namespace dedup {
namespace {
constexpr u64 GOLDEN_GAMMA = 0x9E3779B97F4A7C15;  // of text.mixing
constexpr std::size_t WORD_BYTES = sizeof(u64);

bool is_white_space(u8 byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
}  // namespace

std::span<const u8> without_white_space(std::span<const u8> line) {
    while (!line.empty() && is_white_space(line.back())) line = line.first(line.size() - 1);
    while (!line.empty() && is_white_space(line.front())) line = line.subspan(1);
    return line;
}

u64 hash_line(std::span<const u8> line) {
    static_assert(std::endian::native == std::endian::little);
    u64 total = line.size(), position = GOLDEN_GAMMA;
    for (; line.size() >= WORD_BYTES; line = line.subspan(WORD_BYTES), position += GOLDEN_GAMMA) {
        u64 word;
        std::memcpy(&word, line.data(), WORD_BYTES);
        total += mix(word + position);
    }
    if (!line.empty()) {
        u64 word = 0;
        std::memcpy(&word, line.data(), line.size());
        total += mix(word + position);
    }
    return mix(total);
}

namespace {
std::tuple<GrowingArray<u64>, GrowingArray<i64>> hash_lines(const Array<u8>& utf8, const Array<i64>& edge_array) {
    const std::span<const i64> edges(edge_array.data(), edge_array.shape(0));
    const auto lines = static_cast<std::size_t>(check_offsets(edges, utf8.shape(0)));
    const u8* data = utf8.data();
    nb::gil_scoped_release release;
    GrowingArray<u64> hashes(lines);
    GrowingArray<i64> sizes(lines);
    for (std::size_t line = 0; line < lines; ++line) {
        const auto begin = static_cast<std::size_t>(edges[line]), end = static_cast<std::size_t>(edges[line + 1]);
        const std::span<const u8> shown = without_white_space({data + begin, end - begin});
        hashes.data()[line] = hash_line(shown), sizes.data()[line] = std::ssize(shown);
    }
    return {std::move(hashes), std::move(sizes)};
}
}  // namespace

void bind_line_hashes(nb::module_& m) { m.def("hash_lines", &hash_lines, "utf8"_a, "edges"_a); }
}  // namespace dedup
