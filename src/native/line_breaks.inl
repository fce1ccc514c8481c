// Finds line breaks and counts characters of UTF-8, 64 bytes at a time.
DEDUP_INLINE u64 line_breaks(const u8* at) {
    return flags_of(at, [](const u8* from) {
        const Lanes bytes = load_lanes(from);
        return between(bytes, '\n', '\n') | between(bytes, '\r', '\r');
    });
}

// Sets a bit for each byte that is not the first one of a character.
DEDUP_INLINE u64 continuation_bytes(const u8* at) {
    return flags_of(at, [](const u8* from) { return between(load_lanes(from), 0x80, 0xBF); });
}

i64 find_breaks(const u8* utf8, i64 first, i64 last, i64* breaks) {
    constexpr i64 STEP = static_cast<i64>(BLOCK);
    i64 count = 0, place = first;
    for (; place + STEP <= last; place += STEP)
        for (u64 found = line_breaks(utf8 + place); found; found &= found - 1)
            breaks[count++] = place + static_cast<i64>(trailing_zeros(found));
    for (; place < last; ++place)
        if (utf8[place] == '\n' || utf8[place] == '\r') breaks[count++] = place;
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
