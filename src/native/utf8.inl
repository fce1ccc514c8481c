// Encodes the code points of Python strings, of one, two or four bytes each, as UTF-8: arrays.packed.pack. A lone
// surrogate becomes three bytes.
// Returns the bytes of a code point in UTF-8, less one.
template <class Code>
DEDUP_INLINE u16 extra_bytes_of(Code code) {
    return static_cast<u16>((code >= 0x80) + (sizeof(Code) > 1 && code >= 0x800) +
                            (sizeof(Code) > 2 && code >= 0x10000));
}

// Returns the size of code points in UTF-8. The sum for SUMMED code points fits in 16 bits, so the loop compiles to
// vectors with one element per code point.
template <class Code>
i64 sum_bytes(const Code* codes, i64 count) {
    constexpr i64 SUMMED = 1 << 14;
    i64 total = count;
    for (i64 first = 0; first < count; first += SUMMED) {
        const i64 last = first + SUMMED < count ? first + SUMMED : count;
        u16 extra = 0;
        for (i64 place = first; place < last; ++place) extra = static_cast<u16>(extra + extra_bytes_of(codes[place]));
        total += extra;
    }
    return total;
}

// Writes a code point; returns the address after it.
DEDUP_INLINE u8* put(u32 code, u8* out) {
    const auto part = [code](int shift) { return static_cast<u8>(0x80 | (code >> shift & 63)); };
    if (code < 0x80) return *out = static_cast<u8>(code), out + 1;
    if (code < 0x800) return out[0] = static_cast<u8>(0xC0 | code >> 6), out[1] = part(0), out + 2;
    if (code < 0x10000)
        return out[0] = static_cast<u8>(0xE0 | code >> 12), out[1] = part(6), out[2] = part(0), out + 3;
    return out[0] = static_cast<u8>(0xF0 | code >> 18), out[1] = part(12), out[2] = part(6), out[3] = part(0), out + 4;
}

#if defined(__SSE4_1__)
// Which bytes of four code points to keep, if each was encoded in four bytes, and how many. The index has for each code
// point one bit for more than one byte, and above those one bit for three bytes.
struct Compactions {
    alignas(16) u8 places[256][16];
    u8 sizes[256];
};

constexpr Compactions compactions() {
    Compactions found{};
    for (u32 kinds = 0; kinds < 256; ++kinds) {
        u8 size = 0;
        for (u32 code = 0; code < 4; ++code) {
            const u32 bytes = 1 + (kinds >> code & 1) + (kinds >> (4 + code) & 1);
            for (u32 byte = 0; byte < bytes; ++byte) found.places[kinds][size++] = static_cast<u8>(4 * code + byte);
        }
        found.sizes[kinds] = size;
    }
    return found;
}
constexpr Compactions COMPACTIONS = compactions();

template <class Code>
DEDUP_INLINE __m128i load(const Code* codes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
}
DEDUP_INLINE __m128i four_of(const u8* codes) {
    i32 bytes;
    __builtin_memcpy(&bytes, codes, sizeof bytes);
    return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes));
}
DEDUP_INLINE __m128i four_of(const u16* codes) {
    return _mm_cvtepu16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes)));
}
DEDUP_INLINE __m128i four_of(const u32* codes) { return load(codes); }

// Narrows 16 code points to bytes. Code points beyond ASCII become bytes of 0x80 or more.
DEDUP_INLINE __m128i narrowed(const u8* codes) { return load(codes); }
DEDUP_INLINE __m128i narrowed(const u16* codes) {
    const __m128i most = _mm_set1_epi16(0x80);
    return _mm_packus_epi16(_mm_min_epu16(load(codes), most), _mm_min_epu16(load(codes + 8), most));
}
DEDUP_INLINE __m128i narrowed(const u32* codes) {
    const auto eight = [](const u32* from) { return _mm_packus_epi32(load(from), load(from + 4)); };
    const __m128i most = _mm_set1_epi16(0x80);
    return _mm_packus_epi16(_mm_min_epu16(eight(codes), most), _mm_min_epu16(eight(codes + 8), most));
}

// Writes four code points as UTF-8 and returns the number of bytes; 0 if one of them needs four bytes. Always writes 16
// bytes.
template <class Code>
DEDUP_INLINE i64 put_four(const Code* codes, u8* out) {
    const auto all = [](int value) { return _mm_set1_epi32(value); };
    const __m128i c = four_of(codes), low = _mm_and_si128(c, all(63)), upper = _mm_srli_epi32(c, 6);
    const __m128i several = _mm_cmpgt_epi32(c, all(0x7F)), three = _mm_cmpgt_epi32(c, all(0x7FF));
    if (sizeof(Code) > 2 && _mm_movemask_epi8(_mm_cmpgt_epi32(c, all(0xFFFF))) != 0) return 0;
    const __m128i of_two = _mm_or_si128(_mm_or_si128(upper, _mm_slli_epi32(low, 8)), all(0x80C0));
    const __m128i of_three = _mm_or_si128(
        _mm_or_si128(_mm_srli_epi32(c, 12), _mm_slli_epi32(_mm_and_si128(upper, all(63)), 8)),
        _mm_or_si128(_mm_slli_epi32(low, 16), all(0x8080E0)));
    const __m128i bytes = _mm_blendv_epi8(_mm_blendv_epi8(c, of_two, several), of_three, three);
    const auto kinds = static_cast<u32>(_mm_movemask_ps(_mm_castsi128_ps(several)) |
                                        _mm_movemask_ps(_mm_castsi128_ps(three)) << 4);
    const __m128i places = _mm_load_si128(reinterpret_cast<const __m128i*>(COMPACTIONS.places[kinds]));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(bytes, places));
    return COMPACTIONS.sizes[kinds];
}

// Writes 16 code points at a time while at least 64 bytes are free; returns the number written, and advances `out`.
template <class Code>
DEDUP_INLINE i64 write_blocks(const Code* codes, i64 count, u8*& out, const u8* end) {
    i64 place = 0;
    for (; place + 16 <= count && end - out >= 64; place += 16) {
        const __m128i bytes = narrowed(codes + place);
        if (_mm_movemask_epi8(bytes) == 0) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out), bytes);
            out += 16;
            continue;
        }
        for (i64 four = place; four < place + 16; four += 4) {
            if (const i64 size = put_four(codes + four, out))
                out += size;
            else
                for (i64 i = 0; i < 4; ++i) out = put(codes[four + i], out);
        }
    }
    return place;
}
#else
template <class Code>
DEDUP_INLINE i64 write_blocks(const Code*, i64, u8*&, const u8*) {
    return 0;
}
#endif

template <class Code>
i64 write_bytes(const Code* codes, i64 count, u8* const utf8, i64 size) {
    u8* out = utf8;
    for (i64 place = write_blocks(codes, count, out, utf8 + size); place < count; ++place) out = put(codes[place], out);
    return out - utf8;
}

i64 utf8_size(const void* codes, i64 count, i64 width) {
    if (width == 1) return sum_bytes(static_cast<const u8*>(codes), count);
    if (width == 2) return sum_bytes(static_cast<const u16*>(codes), count);
    return sum_bytes(static_cast<const u32*>(codes), count);
}

i64 to_utf8(const void* codes, i64 count, i64 width, u8* utf8, i64 size) {
    if (width == 1) return write_bytes(static_cast<const u8*>(codes), count, utf8, size);
    if (width == 2) return write_bytes(static_cast<const u16*>(codes), count, utf8, size);
    return write_bytes(static_cast<const u32*>(codes), count, utf8, size);
}
