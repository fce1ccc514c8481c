// Feeds arbitrary bytes to the tokenizer, cut into rows at arbitrary places; tools/fuzz.py builds it with libFuzzer.
#include <cstdlib>

#include "reader.hpp"

namespace {
using namespace dedup;

struct Tables {
    Reader reader{std::getenv("DEDUP_TABLES")};
    Alphabet alphabet = read_alphabet(reader);
    const u64* shingle_factors = reader.take<u64>();
    i64 ngram_size = reader.count<u64>();
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    static Tables tables;
    if (size < 2) return 0;
    // The first byte sets the length of rows, and whether each character is a token.
    const std::vector<u8> utf8(data + 1, data + size);
    const std::size_t step = data[0] / 2u + 1;
    std::vector<i64> offsets;
    for (std::size_t at = 0; at < utf8.size(); at += step) offsets.push_back(static_cast<i64>(at));
    offsets.push_back(static_cast<i64>(utf8.size()));
    const i64 rows = static_cast<i64>(offsets.size()) - 1;
    const Texts texts{utf8.data(),   utf8.size(),       offsets.data(),      &tables.alphabet,
                      tables.shingle_factors, tables.ngram_size, (data[0] & 1u) != 0};
    const auto most = utf8.size() + static_cast<std::size_t>(rows);  // tokens
    const auto room = most + static_cast<std::size_t>(tables.ngram_size) + 1;
    std::vector<u64> hashes(most + 1), seconds(most + 1), tokens(room), shingles(room);
    std::vector<u8> weights(most + 1);
    std::vector<i64> ends(static_cast<std::size_t>(rows) + BATCH_ROWS + 1);
    const i64 count = kernels_portable.hash_tokens(texts, 0, rows, hashes.data(), seconds.data(), ends.data(),
                                                   weights.data());
    if (count < 0 || count > static_cast<i64>(most) || ends[static_cast<std::size_t>(rows)] != count) std::abort();
    for (i64 row = 0; row < rows;)
        row = kernels_portable.hash_batch(texts, row, rows, {tokens.data(), shingles.data(), ends.data()});
    return 0;
}
