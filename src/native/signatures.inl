// MinHash signatures of shingles: matching.minhash.signatures, the affine32 of datasketch bit for bit.
#if defined(__AVX512F__)
constexpr i64 LANES = 16, WIDE = 8;  // columns of a vector; vectors that fit in registers together
#elif defined(__AVX2__)
constexpr i64 LANES = 8, WIDE = 4;
#else
constexpr i64 LANES = 4, WIDE = 4;
#endif
using Columns [[gnu::vector_size(4 * LANES)]] = u32;

// Writes the minimum of each permutation of COUNT * LANES columns, which stay in registers.
template <i64 COUNT>
DEDUP_INLINE void least_of(const u32* mixed, i64 count, const u32* factors, const u32* shifts, u32* result) {
    Columns f[COUNT], s[COUNT], least[COUNT];
    __builtin_memcpy(f, factors, sizeof f), __builtin_memcpy(s, shifts, sizeof s);
    for (i64 i = 0; i < COUNT; ++i) least[i] = ~Columns{};
    for (i64 place = 0; place < count; ++place)
        for (i64 i = 0; i < COUNT; ++i) {
            const Columns value = f[i] * mixed[place] + s[i];
            least[i] = value < least[i] ? value : least[i];
        }
    __builtin_memcpy(result, least, sizeof least);
}

void signature(const u64* shingles, i64 count, const u32* factors, const u32* shifts, i64 width, u32* mixed,
               u32* result) {
    for (i64 place = 0; place < count; ++place) {
        u32 value = static_cast<u32>(shingles[place]);  // MurmurHash3's finalizer
        value = (value ^ value >> 16) * 0x85EBCA6Bu;
        value = (value ^ value >> 13) * 0xC2B2AE35u;
        mixed[place] = value ^ value >> 16;
    }
    i64 column = 0;
    for (; column + WIDE * LANES <= width; column += WIDE * LANES)
        least_of<WIDE>(mixed, count, factors + column, shifts + column, result + column);
    for (; column + 2 * LANES <= width; column += 2 * LANES)
        least_of<2>(mixed, count, factors + column, shifts + column, result + column);
    for (; column + LANES <= width; column += LANES)
        least_of<1>(mixed, count, factors + column, shifts + column, result + column);
    for (; column < width; ++column) {
        u32 least = ~u32{0};
        for (i64 place = 0; place < count; ++place) {
            const u32 value = mixed[place] * factors[column] + shifts[column];
            least = value < least ? value : least;
        }
        result[column] = least;
    }
}

// The 128-bit fingerprint of tokens: text.shingles.fingerprint_tokens.
DEDUP_INLINE void sum_stride(const u64* tokens, i64 count, const u64* one, const u64* other, u64* sums) {
    u64 first = 0, second = 0;
    for (i64 place = 0; place < count; ++place)
        first += tokens[place] * one[place], second += tokens[place] * other[place];
    sums[0] = first, sums[1] = second;
}

void fingerprint(const u64* tokens, i64 count, const u64* keys, i64 stride, u64* print) {
    const u64 *one = keys, *other = keys + stride + 1;
    u64 first = static_cast<u64>(count), second = first;
    for (i64 begin = 0; begin < count; begin += stride) {
        u64 sums[2];
        if (count - begin >= stride && stride == 64)  // the compiler unrolls a loop of known length
            sum_stride(tokens + begin, 64, one, other, sums);
        else
            sum_stride(tokens + begin, count - begin < stride ? count - begin : stride, one, other, sums);
        const u64 at = static_cast<u64>(begin);
        first += mix(sums[0] + mix(one[stride] + at));
        second += mix(sums[1] + mix(other[stride] + at));
    }
    print[0] = mix(first), print[1] = mix(second);
}
