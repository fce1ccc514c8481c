// 64 bytes of text at once: which of them are what, as bits of one number, the first byte lowest.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie in memory");
#define DEDUP_INLINE [[gnu::always_inline]] inline

constexpr u64 BLOCK = 64, WORD_BYTES = 8;
constexpr u64 REACH = BLOCK + 2 * WORD_BYTES;  // bytes that are read to cut a block into words
constexpr u64 SMALL_LETTERS = 0x2020202020202020u;

DEDUP_INLINE u64 load_word(const u8* at) {
    u64 word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

DEDUP_INLINE u64 trailing_zeros(u64 value) { return static_cast<u64>(__builtin_ctzll(value)); }

// The lowest bits, so many of them; all 64 for more.
DEDUP_INLINE u64 lowest(u64 count) { return count < 64 ? (u64{1} << count) - 1 : ~u64{0}; }

// The bytes of a word that come first, up to eight: a table is faster than a shift by a variable.
constexpr u64 FIRST_BYTES[] = {0,          0xFF,         0xFFFF,         0xFFFFFF,  0xFFFFFFFF, 0xFFFFFFFFFF,
                               0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ~u64{0}};

#if defined(__AVX512BW__)
struct Lanes {
    static constexpr u64 WIDTH = 64;
    __m512i bytes;
    DEDUP_INLINE explicit Lanes(const u8* at) : bytes(_mm512_loadu_si512(at)) {}
    DEDUP_INLINE explicit Lanes(__m512i some) : bytes(some) {}
    DEDUP_INLINE Lanes small() const { return Lanes(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20))); }
    DEDUP_INLINE u64 between(u8 first, u8 last) const {
        const __m512i moved = _mm512_sub_epi8(bytes, _mm512_set1_epi8(static_cast<char>(first)));
        return _mm512_cmple_epu8_mask(moved, _mm512_set1_epi8(static_cast<char>(last - first)));
    }
};
#elif defined(__AVX2__)
struct Lanes {
    static constexpr u64 WIDTH = 32;
    __m256i bytes;
    DEDUP_INLINE explicit Lanes(const u8* at) : bytes(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))) {}
    DEDUP_INLINE explicit Lanes(__m256i some) : bytes(some) {}
    DEDUP_INLINE Lanes small() const { return Lanes(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20))); }
    DEDUP_INLINE u64 between(u8 first, u8 last) const {
        const __m256i moved = _mm256_sub_epi8(bytes, _mm256_set1_epi8(static_cast<char>(first)));
        const __m256i width = _mm256_set1_epi8(static_cast<char>(last - first));
        const __m256i inside = _mm256_cmpeq_epi8(_mm256_min_epu8(moved, width), moved);
        return static_cast<u32>(_mm256_movemask_epi8(inside));
    }
};
#elif defined(__SSE2__)
struct Lanes {
    static constexpr u64 WIDTH = 16;
    __m128i bytes;
    DEDUP_INLINE explicit Lanes(const u8* at) : bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}
    DEDUP_INLINE explicit Lanes(__m128i some) : bytes(some) {}
    DEDUP_INLINE Lanes small() const { return Lanes(_mm_or_si128(bytes, _mm_set1_epi8(0x20))); }
    DEDUP_INLINE u64 between(u8 first, u8 last) const {
        const __m128i moved = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(first)));
        const __m128i width = _mm_set1_epi8(static_cast<char>(last - first));
        const __m128i inside = _mm_cmpeq_epi8(_mm_min_epu8(moved, width), moved);
        return static_cast<u32>(_mm_movemask_epi8(inside));
    }
};
#elif defined(__ARM_NEON)
struct Lanes {
    static constexpr u64 WIDTH = 16;
    uint8x16_t bytes;
    DEDUP_INLINE explicit Lanes(const u8* at) : bytes(vld1q_u8(at)) {}
    DEDUP_INLINE explicit Lanes(uint8x16_t some) : bytes(some) {}
    DEDUP_INLINE Lanes small() const { return Lanes(vorrq_u8(bytes, vdupq_n_u8(0x20))); }
    DEDUP_INLINE u64 between(u8 first, u8 last) const {
        constexpr u8 BITS[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
        const uint8x16_t moved = vsubq_u8(bytes, vdupq_n_u8(first));
        const uint8x16_t inside = vcleq_u8(moved, vdupq_n_u8(static_cast<u8>(last - first)));
        const uint8x16_t bits = vandq_u8(inside, vld1q_u8(BITS));
        return static_cast<u64>(vaddv_u8(vget_low_u8(bits))) | static_cast<u64>(vaddv_u8(vget_high_u8(bits))) << 8;
    }
};
#else
struct Lanes {
    static constexpr u64 WIDTH = 8;
    u64 bytes;
    DEDUP_INLINE explicit Lanes(const u8* at) : bytes(load_word(at)) {}
    DEDUP_INLINE explicit Lanes(u64 some) : bytes(some) {}
    DEDUP_INLINE Lanes small() const { return Lanes(bytes | SMALL_LETTERS); }
    DEDUP_INLINE u64 between(u8 first, u8 last) const {
        u64 found = 0;
        for (u64 lane = 0; lane < WIDTH; ++lane) {
            const u8 moved = static_cast<u8>((bytes >> 8 * lane) - first);
            found |= static_cast<u64>(moved <= static_cast<u8>(last - first)) << lane;
        }
        return found;
    }
};
#endif

template <class Test>
DEDUP_INLINE u64 flags_of(const u8* at, Test test) {
    u64 found = 0;
    for (u64 lane = 0; lane < BLOCK; lane += Lanes::WIDTH) found |= test(at + lane) << lane;
    return found;
}

DEDUP_INLINE u64 letters_and_digits(const u8* at) {
    return flags_of(at, [](const u8* some) {
        const Lanes lanes(some);
        return lanes.small().between('a', 'z') | lanes.between('0', '9');
    });
}

DEDUP_INLINE u64 beyond_ascii(const u8* at) {
    return flags_of(at, [](const u8* some) { return Lanes(some).between(0x80, 0xFF); });
}

// Where one of U+2010 to U+2029 begins: dashes, quotation marks and dots of print. Reads two bytes
// behind the block.
DEDUP_INLINE u64 printed_signs(const u8* at) {
    return flags_of(at, [](const u8* some) {
        return Lanes(some).between(0xE2, 0xE2) & Lanes(some + 1).between(0x80, 0x80) &
               Lanes(some + 2).between(0x90, 0xA9);
    });
}
