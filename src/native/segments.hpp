// Rows in pieces, each of which can be cut into tokens by itself: tokens read anywhere, at once.
#pragma once
#include <span>

#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
constexpr u64 ROLLING_BASE = 0x9E3779B97F4A7C15;  // of the polynomials that roll over tokens

// What a token is multiplied by that is so many tokens back.
constexpr u64 rolling_power(i64 exponent) {
    u64 result = 1;
    for (; exponent > 0; --exponent) result *= ROLLING_BASE;
    return result;
}

// Refuses a first token of each piece that is not of these pieces.
std::span<const i64> checked_firsts(const TextsHolder& pieces, const Array<i64>& given);

// The piece that a token is in; firsts are the first token of each, and the number of all.
std::size_t piece_of(std::span<const i64> firsts, i64 token);

// Tokens that lie in a row, kept until others are asked for.
class TokenReader {
   public:
    TokenReader(const Texts& pieces, std::span<const i64> firsts) : pieces_(pieces), firsts_(firsts) {}
    bool has(i64 token, i64 until) const { return begin_ <= token && until <= end_; }
    // The hashes of tokens from one to another.
    const u64* read(i64 token, i64 until) {
        if (!has(token, until)) load(token, until);
        return tokens_.data() + (token - begin_);
    }

   private:
    void load(i64 token, i64 until);

    const Texts& pieces_;
    std::span<const i64> firsts_;
    std::vector<u64> tokens_, seconds_;
    std::vector<i64> ends_;
    i64 begin_ = 0, end_ = 0;  // the first token, and the one behind the last
};
}  // namespace dedup
