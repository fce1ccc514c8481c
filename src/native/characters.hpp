// Decodes characters of UTF-8, and looks up what they add to the hash of their token.
#pragma once
#include "types.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace dedup {
namespace {  // unnamed, so that the linker does not merge the copies for different levels of the processor
#include "byte_tests.inl"

enum Kind : u8 { SEPARATOR, WORD, DIGIT, IDEOGRAPH, LETTER, MARK, IGNORED, SEVERAL, SEQUENCE };
// The constants of text.alphabet and text.unicode.
constexpr u64 ASCII = 0x80, DIRECT_CODES = 0x3100, BASIC_PLANE_CODES = 0x10000, MAX_POSITION = 1024, PAGE_BITS = 7;
constexpr u64 LAST_CODE = 0x10FFFF, REPLACEMENT = 0xFFFD;
constexpr u8 WEIGHT_BITS = 3, HAS_DIGIT = 4, INSIDE_WORD = 8;  // the weight of a token, and flags: text.tokens

// Returns the code point at a place and advances the place. A byte that begins no character becomes REPLACEMENT; other
// malformed UTF-8 may become any code point.
DEDUP_INLINE u64 decode(const u8* utf8, u64& place, u64 stop) {
    const u64 lead = utf8[place];
    if (lead < ASCII) return place += 1, lead;
    const u64 length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC0 || place + length > stop) return place += 1, REPLACEMENT;
    const u64 second = utf8[place + 1] & 63u;
    if (length == 2) return place += 2, (lead & 31) << 6 | second;
    const u64 third = second << 6 | (utf8[place + 2] & 63u);
    if (length == 3) return place += 3, (lead & 15) << 12 | third;
    const u64 code = (lead & 7) << 18 | third << 6 | (utf8[place + 3] & 63u);
    return place += 4, code <= LAST_CODE ? code : LAST_CODE;
}

// What a character adds to its token. If its kind is SEVERAL, it becomes sequence_codes[part] up to [until].
struct Meaning {
    u8 kind;
    u64 base, term;   // its base if that is ASCII, or else 0; the sum of what else it adds, before the factor
    u64 part, until;  // one part if the kind is not SEVERAL
};

DEDUP_INLINE u64 place_in_page(u64 code, const Alphabet& a) {
    return static_cast<u64>(a.page_of[code >> PAGE_BITS]) << PAGE_BITS | (code & lowest(PAGE_BITS));
}

DEDUP_INLINE Meaning meaning_of(u64 code, const Alphabet& a) {
    const u64 at = place_in_page(code, a);
    u64 row = 0;
    Meaning m{};
    if (code < DIRECT_CODES) {
        m.kind = a.kind_of[code], m.base = a.direct_base[code], m.term = a.direct_sum[code];
    } else {
        m.kind = a.kinds[at], m.term = mix(code + a.character_key);
        if (code < BASIC_PLANE_CODES)
            m.kind = a.kind_of[code];
        else if (a.sequence[at])
            m.kind = SEQUENCE;
    }
    if (m.kind >= SEVERAL) {
        row = a.sequence[at] - 1;
        m.kind = a.sequence_kind[row], m.base = a.sequence_base[row], m.term = a.sequence_sum[row];
    }
    m.part = a.sequence_offsets[row];
    m.until = m.kind == SEVERAL ? a.sequence_offsets[row + 1] : m.part + 1;
    return m;
}

// Sets the meaning to that of one of the code points that a character becomes.
DEDUP_INLINE void take_part(Meaning& m, const Alphabet& a) {
    const u64 code = a.sequence_codes[m.part];
    m.kind = a.kinds[place_in_page(code, a)];
    m.base = code < ASCII ? code : 0, m.term = code < ASCII ? 0 : mix(code + a.character_key);
}

// Returns the factor of characters at a position of their token.
DEDUP_INLINE u64 factor_of(u64 position, const Alphabet& a) {
    if (position < MAX_POSITION) return a.factors[position];
    return mix(a.position_key + position * 0x9E3779B97F4A7C15u) | 1;
}
}  // namespace
}  // namespace dedup
