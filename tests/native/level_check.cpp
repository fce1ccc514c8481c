// Hashes rows by the kernels of one level, without Python: for a processor that is emulated.
// Reads what tools/check_level.py wrote, and compares with the results of the specification there.
#include <cstdio>

#include "reader.hpp"

namespace {
using namespace dedup;

template <class T>
bool same(const char* what, const std::vector<T>& found, Reader& reader) {
    const T* expected = reader.take<T>();
    const auto count = static_cast<std::size_t>(reader.count<T>());
    const bool equal = found.size() == count && std::memcmp(found.data(), expected, count * sizeof(T)) == 0;
    std::printf("%s: %zu %s\n", what, count, equal ? "equal" : "DIFFER");
    return equal;
}
}  // namespace

int main(int, char** arguments) {
    Reader reader(arguments[1]);
    const Alphabet a = read_alphabet(reader);
    const u64* shingle_factors = reader.take<u64>();
    const i64 ngram_size = reader.count<u64>();
    const u32* factors = reader.take<u32>();
    const u32* shifts = reader.take<u32>();
    const i64 width = reader.count<u32>();
    const u8* utf8 = reader.take<u8>();
    const auto bytes = static_cast<std::size_t>(reader.count<u8>());
    const i64* offsets = reader.take<i64>();
    const i64 rows = reader.count<i64>() - 1;
    bool equal = true;
    for (const bool characters : {false, true}) {
        const Texts texts{utf8, bytes, offsets, &a, shingle_factors, ngram_size, characters};
        const auto room = bytes + static_cast<std::size_t>(rows + ngram_size) + 1;
        std::vector<u64> hashes(room), seconds(room), shingles(room);
        std::vector<u8> weights(room);
        std::vector<i64> ends(static_cast<std::size_t>(rows) + BATCH_ROWS + 1);
        const auto count = static_cast<std::size_t>(kernels_portable.hash_tokens(
            texts, 0, rows, hashes.data(), seconds.data(), ends.data(), weights.data()));
        hashes.resize(count), weights.resize(count);
        equal &= same("hashes", hashes, reader) && same("weights", weights, reader);
        hashes.resize(room);
        std::vector<u32> signatures(static_cast<std::size_t>(rows * width)), mixed(room);
        for (i64 row = 0; row < rows;) {
            const i64 until = kernels_portable.hash_batch(texts, row, rows, {hashes.data(), shingles.data(), ends.data()});
            for (i64 at = row; at < until; ++at) {
                const i64 start = ends[static_cast<std::size_t>(at - row)];
                const i64 tokens = ends[static_cast<std::size_t>(at - row + 1)] - start;
                kernels_portable.signature(shingles.data() + start, shingles_in(tokens, ngram_size), factors, shifts,
                                           width, mixed.data(), signatures.data() + at * width);
            }
            row = until;
        }
        equal &= same("signatures", signatures, reader);
    }
    return equal ? 0 : 1;
}
