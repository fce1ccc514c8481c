// Finds bytes and counts characters of UTF-8, 64 bytes at a time.
// Sets a bit for each byte that is not the first one of a character.
DEDUP_INLINE u64 continuation_bytes(const u8* at) {
    return flags_of(at, [](const u8* from) { return between(load_lanes(from), 0x80, 0xBF); });
}

i64 find_bytes(const u8* utf8, i64 first, i64 last, const u8* wanted, i64 wanted_count, i64* places) {
    constexpr i64 STEP = static_cast<i64>(BLOCK);
    i64 count = 0, place = first;
    for (; place + STEP <= last; place += STEP) {
        u64 found = 0;
        for (i64 number = 0; number < wanted_count; ++number)
            found |= flags_of(utf8 + place, [byte = wanted[number]](const u8* from) {
                return between(load_lanes(from), byte, byte);
            });
        for (; found; found &= found - 1) places[count++] = place + static_cast<i64>(trailing_zeros(found));
    }
    for (; place < last; ++place) {
        bool is_wanted = false;
        for (i64 number = 0; number < wanted_count; ++number) is_wanted |= utf8[place] == wanted[number];
        if (is_wanted) places[count++] = place;
    }
    return count;
}

i64 count_characters(const u8* utf8, i64 first, i64 last, i64 size) {
    constexpr i64 STEP = static_cast<i64>(BLOCK);
    i64 count = last - first, place = first;
    for (; place < last && place + STEP <= size; place += STEP)
        count -= __builtin_popcountll(continuation_bytes(utf8 + place) & lowest(static_cast<u64>(last - place)));
    for (; place < last; ++place) count -= (utf8[place] & 0xC0) == 0x80;
    return count;
}
