// Rows cut into segments, each of which can be tokenized without its neighbors: so any tokens can be read on their own.
#pragma once
#include <span>

#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
constexpr u64 ROLLING_BASE = 0x9E3779B97F4A7C15;  // of the rolling polynomial hashes of tokens, modulo 2^64

// The factor of a token that is `exponent` tokens before the last one.
constexpr u64 rolling_power(i64 exponent) {
    u64 result = 1;
    for (; exponent > 0; --exponent) result *= ROLLING_BASE;
    return result;
}

// Checks that there is a first token for each segment, and the number of all tokens at the end.
std::span<const i64> checked_first_tokens(const TextsHolder& segments, const Array<i64>& first_tokens);

// The segment that has a token; `first_tokens` are (segments + 1,).
std::size_t segment_of(std::span<const i64> first_tokens, i64 token);

// Reads ranges of consecutive tokens. It hashes whole segments, and keeps their tokens until another segment is needed.
class TokenReader {
   public:
    TokenReader(const TextsHolder& segments, std::span<const i64> first_tokens)
        : segments_(segments), first_tokens_(first_tokens) {}
    bool has(i64 token, i64 until) const { return begin_ <= token && until <= end_; }
    // The hashes of the tokens from `token` up to, not including, `until`.
    const u64* read(i64 token, i64 until) {
        if (!has(token, until)) load(token, until);
        return tokens_.data() + (token - begin_);
    }

   private:
    void load(i64 token, i64 until);
    Texts read_segments(std::size_t first, std::size_t last);

    const TextsHolder& segments_;
    std::span<const i64> first_tokens_;
    std::vector<u8> utf8_;     // of segments that were read from a source,
    std::vector<i64> edges_;  // and where each begins
    std::vector<u64> tokens_, seconds_;
    std::vector<i64> ends_;
    i64 begin_ = 0, end_ = 0;  // the first loaded token, and the one after the last
};
}  // namespace dedup
