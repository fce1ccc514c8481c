// Tokens of one letter or digit each (text.tokens with characters=True), for noisy or short texts.

// A character has the hash of a word of this one letter. The second sums would be 0 and are not written. The first
// token of a word has the weight of the word; the others are INSIDE_WORD.
inline i64 scan_characters(const Texts& texts, i64 first, i64 last, Tokens out, i64* ends) {
    const Alphabet& a = *texts.alphabet;
    const u64 factor = a.factors[0];
    u64 count = 0;
    ends[0] = 0;
    for (i64 row = first; row < last; ++row) {
        u64 place = static_cast<u64>(texts.offsets[row]), word = 0;  // the first token of the current word
        const u64 stop = static_cast<u64>(texts.offsets[row + 1]);
        bool carries = false, joined = false;  // a mark would belong to the last token; the last character is in a word
        while (place < stop) {
            const u64 begin = place, byte = texts.utf8[place];
            if (byte < ASCII) {  // as below, for the kinds WORD, DIGIT and SEPARATOR
                const u8 kind = a.kind_of[byte];
                ++place;
                if (!(joined && kind != SEPARATOR)) word = count;
                carries = joined = kind != SEPARATOR;
                out.sums[count] = a.direct_base[byte] + a.direct_sum[byte] * factor;
                if (out.weights && joined) {
                    out.weights[count] = word == count ? a.weights[kind] : INSIDE_WORD;
                    if (kind == DIGIT && out.weights[word]) out.weights[word] |= HAS_DIGIT;
                }
                count += joined;
                continue;
            }
            Meaning m = meaning_of(decode(texts.utf8, place, stop), a);
            const bool several = m.kind == SEVERAL;
            const u64 limit = count + place - begin;  // at most one token per byte: one character folds to 18 letters
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
                if (out.weights) {
                    out.weights[count] = word == count ? a.weights[m.kind] : INSIDE_WORD;
                    if (m.kind == DIGIT && out.weights[word]) out.weights[word] |= HAS_DIGIT;
                }
                ++count;
            }
        }
        ends[row - first + 1] = static_cast<i64>(count);
    }
    return static_cast<i64>(count);
}
