// Tests 64 bytes of text at once. The result has one bit for each byte, the lowest bit for the first byte.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie in memory");
#define DEDUP_INLINE [[gnu::always_inline]] inline

constexpr u64 BLOCK = 64, WORD_BYTES = 8;
constexpr u64 REACH = BLOCK + 2 * WORD_BYTES;  // bytes that are read to find the words of a block
constexpr u64 SMALL_LETTERS = 0x2020202020202020u;

DEDUP_INLINE u64 load_word(const u8* at) {
    u64 word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

DEDUP_INLINE u64 trailing_zeros(u64 value) { return static_cast<u64>(__builtin_ctzll(value)); }

// Returns a number whose `count` lowest bits are set; all 64 if count is larger.
DEDUP_INLINE u64 lowest(u64 count) { return count < 64 ? (u64{1} << count) - 1 : ~u64{0}; }

// Masks of the first 0 to 8 bytes of a word. A table is faster than a shift by a variable.
constexpr u64 FIRST_BYTES[] = {0,          0xFF,         0xFFFF,         0xFFFFFF,  0xFFFFFFFF, 0xFFFFFFFFFF,
                               0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ~u64{0}};

// Sets a bit for each value that is at most `most`.
#if defined(__AVX512BW__)
using Lanes [[gnu::vector_size(64)]] = u8;
DEDUP_INLINE u64 up_to(Lanes values, u8 most) {
    return _mm512_cmple_epu8_mask((__m512i)values, _mm512_set1_epi8(static_cast<char>(most)));
}
#elif defined(__AVX2__)
using Lanes [[gnu::vector_size(32)]] = u8;
DEDUP_INLINE u64 up_to(Lanes values, u8 most) {
    return static_cast<u32>(_mm256_movemask_epi8((__m256i)(values <= most)));
}
#elif defined(__SSE2__)
using Lanes [[gnu::vector_size(16)]] = u8;
DEDUP_INLINE u64 up_to(Lanes values, u8 most) { return static_cast<u32>(_mm_movemask_epi8((__m128i)(values <= most))); }
#elif defined(__ARM_NEON)
using Lanes [[gnu::vector_size(16)]] = u8;
DEDUP_INLINE u64 up_to(Lanes values, u8 most) {
    constexpr Lanes BITS = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const auto bits = (uint8x16_t)((Lanes)(values <= most) & BITS);
    return static_cast<u64>(vaddv_u8(vget_low_u8(bits))) | static_cast<u64>(vaddv_u8(vget_high_u8(bits))) << 8;
}
#else
using Lanes [[gnu::vector_size(8)]] = u8;
DEDUP_INLINE u64 up_to(Lanes values, u8 most) {
    u64 found = 0;
    for (u64 lane = 0; lane < sizeof(Lanes); ++lane) found |= static_cast<u64>(values[lane] <= most) << lane;
    return found;
}
#endif

DEDUP_INLINE u64 between(Lanes bytes, u8 first, u8 last) { return up_to(bytes - first, static_cast<u8>(last - first)); }

DEDUP_INLINE Lanes load_lanes(const u8* at) {
    Lanes bytes;
    __builtin_memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

// Sets a bit for each byte of a block that passes a test. The test takes the address of as many bytes as Lanes has.
template <class Test>
DEDUP_INLINE u64 flags_of(const u8* at, Test test) {
    u64 found = 0;
    for (u64 lane = 0; lane < BLOCK; lane += sizeof(Lanes)) found |= test(at + lane) << lane;
    return found;
}

DEDUP_INLINE u64 letters_and_digits(const u8* at) {
    return flags_of(at, [](const u8* from) {
        const Lanes bytes = load_lanes(from);
        return between(bytes | u8{0x20}, 'a', 'z') | between(bytes, '0', '9');
    });
}

DEDUP_INLINE u64 beyond_ascii(const u8* at) {
    return flags_of(at, [](const u8* from) { return between(load_lanes(from), 0x80, 0xFF); });
}

// Sets a bit where one of U+2010 to U+2029 begins: dashes, typographic quotation marks and dots. Reads two bytes beyond
// the block.
DEDUP_INLINE u64 printed_signs(const u8* at) {
    return flags_of(at, [](const u8* from) {
        return between(load_lanes(from), 0xE2, 0xE2) & between(load_lanes(from + 1), 0x80, 0x80) &
               between(load_lanes(from + 2), 0x90, 0xA9);
    });
}
