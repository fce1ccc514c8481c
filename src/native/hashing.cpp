// Tokens, shingles and signatures of rows: text.tokens.tokenize, text.shingles.shingle, matching.minhash.signatures.
#include "row_hasher.hpp"

namespace dedup {
namespace {
constexpr std::size_t TOKEN_BYTES = 4;  // bytes of text per token, roughly

std::tuple<std::vector<u64>, std::vector<u8>, GrowingArray<i64>> tokenize(const TextsHolder& holder, i64 first,
                                                                         i64 last) {
    const Texts& texts = holder.checked(first, last);
    GrowingArray<i64> lengths(static_cast<std::size_t>(last - first));
    std::vector<u64> hashes;
    std::vector<u8> weights;
    nb::gil_scoped_release release;
    RowHasher hasher(texts, first, last);
    const RowBatch batch = hasher.weighted_batch();
    const auto likely = static_cast<std::size_t>(texts.offsets[last] - texts.offsets[first]) / TOKEN_BYTES;
    hashes.reserve(likely), weights.reserve(likely);
    for (i64 begin = first; begin < last;) {
        const i64 until = end_of_batch(texts, begin, last);
        const i64 count = kernels_in_use().hash_tokens(texts, begin, until, batch.tokens, batch.shingles, batch.ends,
                                                       batch.weights);
        hashes.insert(hashes.end(), batch.tokens, batch.tokens + count);
        weights.insert(weights.end(), batch.weights, batch.weights + count);
        for (i64 row = begin; row < until; ++row)
            lengths.data()[row - first] = batch.ends[row - begin + 1] - batch.ends[row - begin];
        begin = until;
    }
    return {std::move(hashes), std::move(weights), std::move(lengths)};
}

// Returns the shingles of rows, sorted and distinct. Rows with more than `max_sorted` shingles are left unsorted, so
// that no call takes long.
std::tuple<std::vector<u64>, GrowingArray<i64>> shingle(const TextsHolder& holder, i64 first, i64 last,
                                                 i64 max_sorted) {
    const Texts& texts = holder.checked(first, last);
    GrowingArray<i64> lengths(static_cast<std::size_t>(last - first));
    std::vector<u64> values;
    nb::gil_scoped_release release;
    RowHasher(texts, first, last).for_rows([&](i64 row, std::span<const u64>, std::span<u64> shingles) {
        auto end = shingles.end();
        if (std::ssize(shingles) <= max_sorted) {
            std::sort(shingles.begin(), end);
            end = std::unique(shingles.begin(), end);
        }
        values.insert(values.end(), shingles.begin(), end);
        lengths.data()[row - first] = end - shingles.begin();
    });
    return {std::move(values), std::move(lengths)};
}

void signatures(const TextsHolder& holder, i64 first, i64 last, const Array<u32>& factors, const Array<u32>& shifts,
                const OutputTable<u32>& result) {
    const Texts& texts = holder.checked(first, last);
    const std::size_t width = factors.shape(0);
    if (shifts.shape(0) != width || result.shape(1) != width || static_cast<i64>(result.shape(0)) < last)
        throw nb::value_error("result: of another shape");
    nb::gil_scoped_release release;
    RowHasher hasher(texts, first, last);
    hasher.for_rows([&](i64 row, std::span<const u64>, std::span<const u64> shingles) {
        hasher.sign(shingles, factors, shifts, result.data() + static_cast<std::size_t>(row) * width);
    });
}
}  // namespace

void bind_hashing(nb::module_& m) {
    m.def("tokenize", &tokenize, "texts"_a, "first"_a, "last"_a);
    m.def("shingle", &shingle, "texts"_a, "first"_a, "last"_a, "max_sorted"_a);
    m.def("signatures", &signatures, "texts"_a, "first"_a, "last"_a, "factors"_a, "shifts"_a, "result"_a);
}
}  // namespace dedup
