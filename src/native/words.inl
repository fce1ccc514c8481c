// Words of UTF-8 and the two sums of their hashes, in one pass: text.tokens.tokenize.
enum State : u8 { NONE, JOINED, SINGLE };  // the open token: none, a word, a single character

// A token whose end has not been found.
struct Open {
    u64 total = 0, second = 0, position = 0;
    State state = NONE;
};

struct Tokens {
    u64 *sums, *seconds;
    u8* weights;
    u64 count = 0;
};

DEDUP_INLINE void add_base(Open& open, u64 base, u64 position, u64 factor) {
    if (position < WORD_BYTES)
        open.total += base << 8 * position;
    else if (position < 2 * WORD_BYTES)
        open.second += base << 8 * (position - WORD_BYTES);
    else
        open.total += base * factor;
}

template <bool WEIGHED>
struct WordScan {
    const Texts& texts;
    Tokens out;
    Open open;

    DEDUP_INLINE void close() {
        out.sums[out.count] = open.total, out.seconds[out.count] = open.second;
        out.count += open.state != NONE;
        open = Open{};
    }

    DEDUP_INLINE void weigh(u64 position, u8 kind) {
        if constexpr (WEIGHED) {
            u8& weight = out.weights[out.count];
            if (position == 0)
                weight = texts.alphabet->weights[kind];
            else if (kind == DIGIT && weight)
                weight |= HAS_DIGIT;
        }
    }

    // Writes the ASCII words of a block and advances the place. The block must begin with ASCII and outside a word.
    // Returns whether the next word must be read character by character: it contains other characters, or is as long as
    // the block.
    DEDUP_INLINE bool take_block(u64& place, u64 limit) {
        const u8* at = texts.utf8 + place;
        u64 inside = letters_and_digits(at), others = beyond_ascii(at);
        if (others) {
            const u64 found = printed_signs(at) & lowest(BLOCK - 2);  // those that end in the block
            others &= ~(found | found << 1 | found << 2);
        }
        u64 end = limit;
        if (others && trailing_zeros(others) < limit) end = trailing_zeros(others);
        inside &= lowest(end);
        u64 begins = inside & ~(inside << 1), ends = ~inside & inside << 1;
        if (end < limit) ends &= lowest(end);  // the character at `end` may belong to the word
        u64 count = out.count;
        while (ends) {
            const u64 begin = trailing_zeros(begins), length = trailing_zeros(ends) - begin;
            const u8* word = at + begin;
            begins &= begins - 1, ends &= ends - 1;
            // Computes the second half even if it is empty: a branch would often be predicted wrongly.
            const u64 rest = length < WORD_BYTES ? 0 : length - WORD_BYTES;
            u64 total = (load_word(word) | SMALL_LETTERS) & FIRST_BYTES[length < 8 ? length : 8];
            out.seconds[count] = (load_word(word + WORD_BYTES) | SMALL_LETTERS) & FIRST_BYTES[rest < 8 ? rest : 8];
            for (u64 i = 2 * WORD_BYTES; i < length; ++i) total += (word[i] | 0x20u) * texts.alphabet->factors[i];
            out.sums[count] = total;
            if constexpr (WEIGHED) out.weights[count] = weight_of(word, length);
            ++count;
        }
        out.count = count;
        if (!begins) return place += end, false;
        const u64 begin = trailing_zeros(begins);
        place += begin;
        return end < BLOCK || begin == 0;
    }

    DEDUP_INLINE static u8 weight_of(const u8* word, u64 length) {
        if (word[0] <= '9') return 0;
        bool digit = false;
        for (u64 i = 1; i < length; ++i) digit |= word[i] <= '9';
        return digit ? 3 | HAS_DIGIT : 3;
    }

    DEDUP_INLINE void take_ascii(u64& place, u64 stop) {
        const Alphabet& a = *texts.alphabet;
        const u64 left = place + MAX_POSITION - open.position, edge = stop < left ? stop : left;
        while (place < edge) {
            const u8 byte = texts.utf8[place];
            if (byte >= ASCII) return;
            ++place;
            const u8 kind = a.kind_of[byte];
            if (kind == SEPARATOR) {
                close();
                while (place < edge && texts.utf8[place] == ' ') ++place;
                return;
            }
            weigh(open.position, kind);
            add_base(open, a.direct_base[byte], open.position, a.factors[open.position]);
            ++open.position;
            open.state = JOINED;
        }
    }

    // Reads letters of two bytes.
    DEDUP_INLINE void take_letters(u64& place, u64 stop) {
        const Alphabet& a = *texts.alphabet;
        const u64 before = place, seen = open.position;
        while (place + 1 < stop && open.position < MAX_POSITION) {
            const u8* at = texts.utf8 + place;
            if ((at[0] & 0xE0) != 0xC0) break;
            const u64 code = (at[0] & 31u) << 6 | (at[1] & 63u);
            if (a.kind_of[code] != WORD || a.direct_base[code]) break;
            open.total += a.direct_sum[code] * a.factors[open.position++];
            place += 2;
        }
        if (place == before) return;
        open.state = JOINED;
        if constexpr (WEIGHED)
            if (seen == 0) out.weights[out.count] = a.weights[WORD];
    }

    // Reads characters of three bytes that are tokens by themselves, their marks, and signs. Has no branches, since the
    // places of marks and signs cannot be predicted.
    DEDUP_INLINE void take_singles(u64& place, u64 stop) {
        constexpr u32 TAKEN = 1u << IDEOGRAPH | 1u << LETTER | 1u << MARK | 1u << SEPARATOR;
        const Alphabet& a = *texts.alphabet;
        const u64 before = place, factor = a.factors[0];
        u64 is_open = open.state == SINGLE, total = open.total, count = out.count;
        while (place + 2 < stop) {
            const u8* at = texts.utf8 + place;
            if ((at[0] & 0xF0) != 0xE0) break;
            const u64 code = static_cast<u64>(at[0] & 15) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u);
            const u8 kind = a.kind_of[code];
            if (!(TAKEN >> kind & 1)) break;
            const u64 term = code < DIRECT_CODES ? a.direct_sum[code] : mix(code + a.character_key);
            out.sums[count] = total, out.seconds[count] = 0;
            count += is_open & (kind != MARK);
            const u64 goes_on = is_open & (kind == MARK);
            is_open = goes_on | (kind == IDEOGRAPH) | (kind == LETTER);
            total = (total & (0 - goes_on)) + (term * factor & (0 - is_open));
            if constexpr (WEIGHED)
                if (is_open > goes_on) out.weights[count] = a.weights[kind];
            place += 3;
        }
        if (place == before) return;
        out.count = count;
        open = Open{total, 0, is_open, is_open ? SINGLE : NONE};
    }

    DEDUP_INLINE void take_any(u64& place, u64 stop) {
        const Alphabet& a = *texts.alphabet;
        Meaning m = meaning_of(decode(texts.utf8, place, stop), a);
        const bool several = m.kind == SEVERAL;
        for (; m.part < m.until; ++m.part) {
            if (several) take_part(m, a);
            if (m.kind == IGNORED || (m.kind == MARK && open.state == NONE)) continue;
            // A mark, or a character of the same word, continues the open token. Any other character closes it.
            const bool joins = m.kind == WORD || m.kind == DIGIT;
            if (m.kind != MARK && !(joins && open.state == JOINED)) {
                close();
                if (m.kind == SEPARATOR) continue;
            }
            const u64 at = open.position - (m.kind == MARK), factor = factor_of(at, a);
            open.total += m.term * factor;
            if (m.kind == MARK) continue;
            if (m.base) add_base(open, m.base, at, factor);
            weigh(open.position, m.kind);
            ++open.position;
            open.state = joins ? JOINED : SINGLE;
        }
    }

    DEDUP_INLINE void take_row(u64 place, u64 stop) {
        while (place < stop) {
            const u8 lead = texts.utf8[place];
            const u64 before = place;
            if (lead < ASCII && open.position < MAX_POSITION) {
                if (open.state == SINGLE) close();
                if (open.state == NONE && place + REACH <= texts.size) {
                    const u64 left = stop - place;
                    if (!take_block(place, left < BLOCK ? left : BLOCK)) continue;
                }
                take_ascii(place, stop);
                continue;
            }
            if (open.state != JOINED && lead >= 0xE0)
                take_singles(place, stop);
            else if (open.state != SINGLE && lead >= ASCII)
                take_letters(place, stop);
            if (place == before) take_any(place, stop);
        }
        close();
    }
};

template <bool WEIGHED>
inline i64 scan_words(const Texts& texts, i64 first, i64 last, Tokens out, i64* ends) {
    WordScan<WEIGHED> scan{texts, out, {}};
    ends[0] = 0;
    for (i64 row = first; row < last; ++row) {
        scan.take_row(static_cast<u64>(texts.offsets[row]), static_cast<u64>(texts.offsets[row + 1]));
        ends[row - first + 1] = static_cast<i64>(scan.out.count);
    }
    return static_cast<i64>(scan.out.count);
}
