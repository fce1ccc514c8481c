// Finds the end of a JSON string and checks UTF-8, 64 bytes at a time.

// Returns the first byte from first up to last that ends a string or is special in it: a quote, a backslash or a control
// character; `last` if there is none. The buffer has `size` bytes.
i64 find_string_end(const u8* utf8, i64 first, i64 last, i64 size) {
    constexpr i64 STEP = static_cast<i64>(BLOCK);
    i64 place = first;
    for (; place < last && place + STEP <= size; place += STEP) {
        const u64 found = flags_of(utf8 + place, [](const u8* from) {
            const Lanes bytes = load_lanes(from);
            return up_to(bytes, 0x1F) | between(bytes, '"', '"') | between(bytes, '\\', '\\');
        });
        if (found) {
            const i64 end = place + static_cast<i64>(trailing_zeros(found));
            return end < last ? end : last;
        }
    }
    while (place < last && utf8[place] > 0x1F && utf8[place] != '"' && utf8[place] != '\\') ++place;
    return place < last ? place : last;
}

// Returns the bytes of the character of two to four bytes at a place, or 0 if it is not well-formed UTF-8.
DEDUP_INLINE i64 well_formed_size(const u8* at, i64 room) {
    const auto is_next = [at](i64 byte) { return (at[byte] & 0xC0) == 0x80; };
    const u8 lead = at[0];
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return room >= 2 && is_next(1) ? 2 : 0;
    if (lead < 0xF0) {
        if (room < 3 || !is_next(1) || !is_next(2)) return 0;
        const bool too_long = lead == 0xE0 && at[1] < 0xA0, surrogate = lead == 0xED && at[1] > 0x9F;
        return too_long || surrogate ? 0 : 3;
    }
    if (lead > 0xF4 || room < 4 || !is_next(1) || !is_next(2) || !is_next(3)) return 0;
    const bool too_long = lead == 0xF0 && at[1] < 0x90, too_large = lead == 0xF4 && at[1] > 0x8F;
    return too_long || too_large ? 0 : 4;
}

// Returns whether the bytes from first up to last are well-formed UTF-8.
bool is_utf8(const u8* utf8, i64 first, i64 last) {
    constexpr i64 STEP = static_cast<i64>(BLOCK);
    i64 place = first;
    while (place < last) {
        if (place + STEP <= last) {
            const u64 found = beyond_ascii(utf8 + place);
            if (found == 0) {
                place += STEP;
                continue;
            }
            place += static_cast<i64>(trailing_zeros(found));
        } else if (utf8[place] < 0x80) {
            ++place;
            continue;
        }
        while (place < last && utf8[place] >= 0x80) {
            const i64 size = well_formed_size(utf8 + place, last - place);
            if (size == 0) return false;
            place += size;
        }
    }
    return true;
}
