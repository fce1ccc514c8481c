// The keys whose upper bits are set in a table of bits, in order, and behind them what is written over; returns how
// many there are.
i64 choose_keys(const u32* keys, i64 count, const u32* table, i32 bits, u32* chosen) {
    const i32 below = 32 - bits;
    i64 size = 0, place = 0;
#if defined(__AVX512F__)
    for (; place + 16 <= count; place += 16) {
        const __m512i some = _mm512_loadu_si512(keys + place), upper = _mm512_srl_epi32(some, _mm_cvtsi32_si128(below));
        const __m512i words = _mm512_i32gather_epi32(_mm512_srli_epi32(upper, 5), table, 4);
        const __m512i places = _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_and_si512(upper, _mm512_set1_epi32(31)));
        const __mmask16 found = _mm512_test_epi32_mask(words, places);
        _mm512_storeu_si512(chosen + size, _mm512_maskz_compress_epi32(found, some));
        size += __builtin_popcount(found);
    }
#endif
    for (; place < count; ++place) {
        const u32 key = keys[place], upper = key >> below;
        chosen[size] = key, size += table[upper >> 5] >> (upper & 31) & 1;
    }
    return size;
}
