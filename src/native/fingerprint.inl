// Tokens to a fingerprint of 128 bits: reference.prints.
DEDUP_INLINE void sum_stretch(const u64* tokens, i64 count, const u64* one, const u64* other, u64* sums) {
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
        if (count - begin >= stride && stride == 64)  // a loop of a length that is known
            sum_stretch(tokens + begin, 64, one, other, sums);
        else
            sum_stretch(tokens + begin, count - begin < stride ? count - begin : stride, one, other, sums);
        const u64 at = static_cast<u64>(begin);
        first += mix(sums[0] + mix(one[stride] + at));
        second += mix(sums[1] + mix(other[stride] + at));
    }
    print[0] = mix(first), print[1] = mix(second);
}
