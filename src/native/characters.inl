// UTF-8 to tokens of one letter or digit each, for texts that are noisy or short. Their second sums are 0, and not
// written.

// A character is hashed as a word of that one letter is. The first one of a word weighs what the word
// does, the others are INSIDE.
inline i64 scan_characters(const Texts& texts, i64 first, i64 last, Tokens out, i64* ends) {
    const Alphabet& a = *texts.alphabet;
    const u64 factor = a.factors[0];
    u64 count = 0;
    ends[0] = 0;
    for (i64 row = first; row < last; ++row) {
        u64 place = static_cast<u64>(texts.offsets[row]), word = 0;  // where its first character is
        const u64 stop = static_cast<u64>(texts.offsets[row + 1]);
        bool carries = false, joined = false;  // whether a mark belongs to the last one; inside a word
        while (place < stop) {
            const u64 begin = place, byte = texts.utf8[place];
            if (byte < ASCII) {  // as below, where it is a word, a digit or a separator
                const u8 kind = a.kind_of[byte];
                ++place;
                if (!(joined && kind != SEPARATOR)) word = count;
                carries = joined = kind != SEPARATOR;
                out.sums[count] = a.direct_base[byte] + a.direct_sum[byte] * factor;
                if (out.thirds && joined) {
                    out.thirds[count] = word == count ? a.weights[kind] : INSIDE;
                    if (kind == DIGIT && out.thirds[word]) out.thirds[word] |= HAS_DIGIT;
                }
                count += joined;
                continue;
            }
            Meaning m = meaning_of(decode(texts.utf8, place, stop), a);
            const bool several = m.kind == SEVERAL;
            const u64 limit = count + place - begin;  // no more tokens than bytes: some are 18 letters
            for (; m.part < m.until && count < limit; ++m.part) {
                if (several) take_part(m, a);
                if (m.kind == IGNORED) continue;
                if (m.kind == MARK) {
                    if (carries) out.sums[count - 1] += m.term * factor;
                    continue;
                }
                const bool joins = m.kind == WORD || m.kind == DIGIT;
                if (!(joins && joined)) word = count;
                carries = m.kind != SEPARATOR, joined = joins;
                if (!carries) continue;
                out.sums[count] = m.base + m.term * factor;
                if (out.thirds) {
                    out.thirds[count] = word == count ? a.weights[m.kind] : INSIDE;
                    if (m.kind == DIGIT && out.thirds[word]) out.thirds[word] |= HAS_DIGIT;
                }
                ++count;
            }
        }
        ends[row - first + 1] = static_cast<i64>(count);
    }
    return static_cast<i64>(count);
}
