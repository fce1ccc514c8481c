// Rows to fingerprints and to the keys of bands: reference.prints, lsh.band_keys.
#include "bindings.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
void print_rows(const TextsHolder& holder, i64 first, i64 last, const Table<u64>& print_keys,
                const Written<i64>& counts, const WrittenTable<u64>& prints) {
    holder.check(first, last);
    const auto rows = static_cast<std::size_t>(last);
    if (counts.shape(0) < rows || prints.shape(0) < rows || prints.shape(1) != 2)
        throw nb::value_error("prints: of another shape");
    Description description{PrintKeys(print_keys), counts.data() + first, prints.data() + 2 * first};
    nb::gil_scoped_release release;
    Workshop(holder.texts(), first, last).for_rows([&](i64, std::span<const u64> tokens, u64*) {
        description.note(tokens);
    });
}

// The upper half of each band's key, band after band.
std::tuple<Room<i64>, Room<u64>, Room<u32>> sketch_bands(
    const TextsHolder& holder, i64 first, i64 last, const Table<u64>& print_keys, const Array<u32>& factors,
    const Array<u32>& shifts, const Array<u64>& band_factors, const Array<u64>& band_shifts) {
    holder.check(first, last);
    const std::size_t bands = band_shifts.shape(0), used = band_factors.shape(0), columns = factors.shape(0);
    if (bands == 0 || used % bands != 0 || columns < used || shifts.shape(0) != columns)
        throw nb::value_error("bands: of another shape");
    const Texts& texts = holder.texts();
    const auto rows = static_cast<std::size_t>(last - first);
    Room<i64> counts(rows);
    Room<u64> prints(2 * rows);
    Room<u32> keys(bands * rows);
    Description description{PrintKeys(print_keys), counts.data(), prints.data()};
    nb::gil_scoped_release release;
    Workshop workshop(texts, first, last);
    std::vector<u32> signature(columns);
    workshop.for_rows([&](i64 row, std::span<const u64> tokens, const u64* shingles) {
        description.note(tokens);
        kernels_in_use().signature(shingles, shingles_in(std::ssize(tokens), texts.ngram_size), factors.data(),
                                   shifts.data(), static_cast<i64>(columns), workshop.mixed(), signature.data());
        u32* key = keys.data() + (row - first);
        std::size_t place = 0;
        for (std::size_t band = 0; band < bands; ++band, key += rows) {
            u64 total = band_shifts.data()[band];
            for (const std::size_t end = place + used / bands; place < end; ++place)
                total += signature[place] * band_factors.data()[place];
            *key = static_cast<u32>(mix(total) >> 32);
        }
    });
    return {std::move(counts), std::move(prints), std::move(keys)};
}
}  // namespace

void bind_bands(nb::module_& m) {
    m.def("print_rows", &print_rows, "texts"_a, "first"_a, "last"_a, "print_keys"_a, "counts"_a, "prints"_a);
    m.def("sketch_bands", &sketch_bands, "texts"_a, "first"_a, "last"_a, "print_keys"_a, "factors"_a, "shifts"_a,
          "band_factors"_a, "band_shifts"_a);
}
}  // namespace dedup
