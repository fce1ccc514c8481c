// Rows to sketches for Jaccard similarity: the keys of the bands of their signatures, dedup/matching/lsh.py.
#include "row_hasher.hpp"

namespace dedup {
namespace {
// Returns of each row its tokens and its fingerprint; and the upper half of the key of each band, band after band.
std::tuple<GrowingArray<i64>, GrowingArray<u64>, GrowingArray<u32>> sketch_bands(
    const TextsHolder& holder, i64 first, i64 last, const Table<u64>& fingerprint_keys, const Array<u32>& factors,
    const Array<u32>& shifts, const Array<u64>& band_factors, const Array<u64>& band_shifts) {
    const Texts& texts = holder.checked(first, last);
    const std::size_t bands = band_shifts.shape(0), used = band_factors.shape(0), columns = factors.shape(0);
    if (bands == 0 || used % bands != 0 || columns < used || shifts.shape(0) != columns)
        throw nb::value_error("bands: of another shape");
    const auto rows = static_cast<std::size_t>(last - first);
    GrowingArray<i64> counts(rows);
    GrowingArray<u64> fingerprints(2 * rows);
    GrowingArray<u32> keys(bands * rows);
    FingerprintWriter writer(fingerprint_keys, counts.data(), fingerprints.data());
    nb::gil_scoped_release release;
    RowHasher hasher(texts, first, last);
    std::vector<u32> signature(columns);
    hasher.for_rows([&](i64 row, std::span<const u64> tokens, std::span<const u64> shingles) {
        writer.write(tokens);
        hasher.sign(shingles, factors, shifts, signature.data());
        u32* key = keys.data() + (row - first);
        std::size_t place = 0;
        for (std::size_t band = 0; band < bands; ++band, key += rows) {
            u64 total = band_shifts.data()[band];
            for (const std::size_t end = place + used / bands; place < end; ++place)
                total += signature[place] * band_factors.data()[place];
            *key = static_cast<u32>(mix(total) >> 32);
        }
    });
    return {std::move(counts), std::move(fingerprints), std::move(keys)};
}
}  // namespace

void bind_sketches(nb::module_& m) {
    m.def("sketch_bands", &sketch_bands, "texts"_a, "first"_a, "last"_a, "fingerprint_keys"_a, "factors"_a, "shifts"_a,
          "band_factors"_a, "band_shifts"_a);
}
}  // namespace dedup
