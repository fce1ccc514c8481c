// Writes the values below a limit; returns their number.
i64 choose_below(const u64* values, i64 count, u64 limit, u64* chosen) {
    i64 size = 0, place = 0;
#if defined(__AVX512F__)
    const __m512i limits = _mm512_set1_epi64(static_cast<i64>(limit));
    for (; place + 8 <= count; place += 8) {
        const __m512i eight = _mm512_loadu_si512(values + place);
        const __mmask8 below = _mm512_cmplt_epu64_mask(eight, limits);
        _mm512_storeu_si512(chosen + size, _mm512_maskz_compress_epi64(below, eight));
        size += __builtin_popcount(below);
    }
#endif
    for (; place < count; ++place) chosen[size] = values[place], size += values[place] < limit;
    return size;
}

// Writes the keys whose upper COARSE_BITS bits are set in the table of a CoarseFilter; returns their number.
i64 choose_keys(const u32* keys, i64 count, const u32* table, u32* chosen) {
    constexpr i32 LOWER_BITS = 32 - COARSE_BITS;
    i64 size = 0, place = 0;
#if defined(__AVX512F__)
    for (; place + CHOSEN_AT_ONCE <= count; place += CHOSEN_AT_ONCE) {
        __builtin_prefetch(keys + place + 1024);
        const __m512i sixteen = _mm512_loadu_si512(keys + place), upper = _mm512_srli_epi32(sixteen, LOWER_BITS);
        const __m512i words = _mm512_i32gather_epi32(_mm512_srli_epi32(upper, 5), table, 4);
        const __m512i bits = _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_and_si512(upper, _mm512_set1_epi32(31)));
        const __mmask16 found = _mm512_test_epi32_mask(words, bits);
        _mm512_storeu_si512(chosen + size, _mm512_maskz_compress_epi32(found, sixteen));
        size += __builtin_popcount(found);
    }
#endif
    for (; place < count; ++place) {
        const u32 key = keys[place], upper = key >> LOWER_BITS;
        chosen[size] = key, size += table[upper >> 5] >> (upper & 31) & 1;
    }
    return size;
}
