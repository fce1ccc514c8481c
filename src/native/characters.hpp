// A character of UTF-8 and its meaning, as the tokenizer takes them, for files that are compiled once.
#pragma once
#include "types.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace dedup {
namespace {  // of each file its own: what is compiled for a level must not stand in for these
#include "bytes.inl"
#include "meaning.inl"
}  // namespace
}  // namespace dedup
