// The kernels, compiled once for each level of the processor. This file may not include the standard library or other
// inline functions: the linker keeps one copy of those for all levels, perhaps that of a level the processor lacks.
#include "characters.hpp"
#include "kernels.hpp"
#define DEDUP_JOIN_(a, b) a##b
#define DEDUP_JOIN(a, b) DEDUP_JOIN_(a, b)
#define DEDUP_TEXT_(a) #a
#define DEDUP_TEXT(a) DEDUP_TEXT_(a)

namespace dedup {
namespace {
#include "bytes.inl"
#include "json_strings.inl"
#include "words.inl"
#include "characters.inl"
#include "shingles.inl"
#include "signatures.inl"
#include "utf8.inl"
#include "selection.inl"
}  // namespace
extern const Kernels DEDUP_JOIN(kernels_, DEDUP_LEVEL);
const Kernels DEDUP_JOIN(kernels_, DEDUP_LEVEL) = {
    DEDUP_TEXT(DEDUP_LEVEL), hash_tokens, hash_batch, hash_text, signature, fingerprint, find_bytes, count_characters,
    find_string_end, is_utf8, utf8_size, to_utf8, choose_below, choose_keys};
}  // namespace dedup
