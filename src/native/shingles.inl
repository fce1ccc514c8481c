// Tokens and shingles of a batch of rows (text.tokens, text.shingles). Loops run across the ends of rows, since long
// loops are faster.
i64 hash_tokens(const Texts& texts, i64 first, i64 last, u64* hashes, u64* seconds, i64* ends, u8* weights) {
    const Tokens out{hashes, seconds, weights};
    const i64 count = texts.characters ? scan_characters(texts, first, last, out, ends)
                      : weights        ? scan_words<true>(texts, first, last, out, ends)
                                       : scan_words<false>(texts, first, last, out, ends);
    const u64 key = texts.alphabet->token_key;
    if (texts.characters) {  // their second sums are 0
        const u64 mixed = mix(key);
        for (i64 token = 0; token < count; ++token) hashes[token] = mix(hashes[token] + mixed);
        return count;
    }
    for (i64 token = 0; token < count; ++token) hashes[token] = mix(hashes[token] + mix(seconds[token] + key));
    return count;
}

template <i64 SIZE>
DEDUP_INLINE void sum_tokens(const u64* tokens, i64 count, const u64* factors, i64 size, u64* shingles) {
    for (i64 token = 0; token < count; ++token) {
        u64 total = 0;
        for (i64 place = 0; place < (SIZE ? SIZE : size); ++place) total += tokens[token + place] * factors[place];
        shingles[token] = mix(total);
    }
}

// Writes the tokens of rows, and a shingle for each of them, whose tokens may belong to several rows. Returns the number
// of tokens.
i64 hash_rows(const Texts& texts, i64 first, i64 last, const RowBatch& batch) {
    const i64 size = texts.ngram_size;
    u64 *tokens = batch.tokens, *shingles = batch.shingles;
    const i64 count = hash_tokens(texts, first, last, tokens, shingles, batch.ends, batch.weights);
    for (i64 place = 0; place < size; ++place) tokens[count + place] = 0;
    if (size == 5)
        sum_tokens<5>(tokens, count, texts.shingle_factors, size, shingles);
    else
        sum_tokens<0>(tokens, count, texts.shingle_factors, size, shingles);
    return count;
}

i64 hash_batch(const Texts& texts, i64 first, i64 last, const RowBatch& batch) {
    const i64 until = end_of_batch(texts, first, last);
    // Nobody reads the sums that contain tokens of two rows.
    hash_rows(texts, first, until, batch);
    for (i64 row = 0; row < until - first; ++row) {
        const i64 begin = batch.ends[row], length = batch.ends[row + 1] - begin;
        if (0 < length && length < texts.ngram_size)
            batch.shingles[begin] = short_shingle(batch.tokens + begin, length, texts.shingle_factors);
    }
    return until;
}

i64 hash_text(const Texts& texts, i64 first, i64 last, const RowBatch& batch) {
    const i64 count = hash_rows(texts, first, last, batch);
    if (0 < count && count < texts.ngram_size)
        batch.shingles[0] = short_shingle(batch.tokens, count, texts.shingle_factors);
    return count;
}
