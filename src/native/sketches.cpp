// Rows to sketches: their smallest shingle hashes (Broder 1997), dedup/matching/bottom_sketch.py, or the keys of the
// bands of their signatures, dedup/matching/lsh.py.
#include "row_hasher.hpp"

namespace dedup {
namespace {
constexpr i64 RANGES = 64;            // into which the smallest values are sorted roughly
constexpr i64 MAX_UNSORTED = 24;      // values that are not sorted roughly first
constexpr i64 BYTES_PER_SHINGLE = 3;  // of text, at least in most texts: memory that is never touched costs nothing

// Finds the smallest different values of a row.
class SmallestValues {
   public:
    SmallestValues(i64 max_count, i64 longest)
        : smallest_(static_cast<std::size_t>(max_count) + 1),
          below_(std::make_unique_for_overwrite<u64[]>(static_cast<std::size_t>(longest))),
          roughly_sorted_(std::make_unique_for_overwrite<u64[]>(static_cast<std::size_t>(longest))) {}

    // Returns at most `wanted` values, in ascending order.
    std::span<const u64> of(std::span<const u64> all, i64 wanted) {
        const u64* values = all.data();
        const i64 count = std::ssize(all);
        if (count > 4 * wanted) {
            // Hashes are spread evenly: about one and a half times the wanted number is below this limit.
            const u64 limit = ~u64{0} / static_cast<u64>(count) * static_cast<u64>(wanted + wanted / 2 + 8);
            const i64 size = kernels_in_use().choose_below(values, count, limit, below_.get());
            sort_roughly(below_.get(), size, limit);
            sort(roughly_sorted_.get(), size, wanted);
            if (size_ == wanted) return found();
        } else if (MAX_UNSORTED < count) {
            sort_roughly(values, count, ~u64{0});
            values = roughly_sorted_.get();
        }
        sort(values, count, wanted);
        return found();
    }

   private:
    std::span<const u64> found() const { return {smallest_.data(), static_cast<std::size_t>(size_)}; }

    // Sorts evenly spread values below a limit by the range that they are in.
    void sort_roughly(const u64* values, i64 count, u64 limit) {
        const u64 scale = (u64{RANGES} << 32) / ((limit >> 32) + 1);
        i64 bounds[RANGES + 1] = {};
        for (i64 place = 0; place < count; ++place) ++bounds[((values[place] >> 32) * scale >> 32) + 1];
        for (i64 range = 0; range < RANGES; ++range) bounds[range + 1] += bounds[range];
        for (i64 place = 0; place < count; ++place)
            roughly_sorted_[static_cast<std::size_t>(bounds[(values[place] >> 32) * scale >> 32]++)] = values[place];
    }

    // Sorts by insertion, without repetitions.
    void sort(const u64* values, i64 count, i64 wanted) {
        u64* smallest = smallest_.data();
        size_ = 0;
        for (i64 place = 0; place < count; ++place) {
            const u64 value = values[place];
            if (size_ == wanted && (wanted == 0 || value >= smallest[size_ - 1])) continue;
            i64 at = size_;
            while (at > 0 && smallest[at - 1] > value) --at;
            if (at > 0 && smallest[at - 1] == value) continue;
            std::copy_backward(smallest + at, smallest + size_, smallest + size_ + 1);
            smallest[at] = value;
            size_ = std::min(size_ + 1, wanted);
        }
    }

    std::vector<u64> smallest_;
    i64 size_ = 0;
    std::unique_ptr<u64[]> below_, roughly_sorted_;
};

// Returns of each row its tokens, its fingerprint, the keys of its sketch, their number, and the keys of all its
// shingles. A row of up to `exhaustive_shingles` shingles has all in its sketch; another one has one for every
// `shingles_per_key`, within `min_size` and `max_size`.
using BottomSketches = std::tuple<GrowingArray<i64>, GrowingArray<u64>, GrowingArray<u32>, GrowingArray<i64>,
                                  GrowingArray<u32>>;
BottomSketches sketch_bottom(const TextsHolder& holder, i64 first, i64 last, const Table<u64>& fingerprint_keys,
                             i64 min_size, i64 max_size, i64 shingles_per_key, i64 exhaustive_shingles) {
    const Texts& texts = holder.checked(first, last);
    if (min_size < 1 || max_size < min_size || shingles_per_key < 1 || exhaustive_shingles < 0)
        throw nb::value_error("sizes: out of range");
    const auto rows = static_cast<std::size_t>(last - first);
    GrowingArray<i64> counts(rows), sizes(rows);
    GrowingArray<u64> fingerprints(2 * rows);
    const i64 largest = std::max(max_size, exhaustive_shingles);
    const auto room = static_cast<std::size_t>((texts.offsets[last] - texts.offsets[first]) / BYTES_PER_SHINGLE);
    GrowingArray<u32> keys(0, room), query_keys(0, std::min(room, rows * static_cast<std::size_t>(largest)));
    FingerprintWriter writer(fingerprint_keys, counts.data(), fingerprints.data());
    nb::gil_scoped_release release;
    RowHasher hasher(texts, first, last);
    SmallestValues smallest(largest, hasher.longest() + 1);
    hasher.for_rows([&](i64 row, std::span<const u64> tokens, std::span<const u64> shingles) {
        writer.write(tokens);
        const i64 count = std::ssize(shingles);
        const std::size_t begin = keys.append(shingles.size());
        u32* written = keys.data() + begin;
        for (const u64 shingle : shingles) *written++ = static_cast<u32>(shingle >> 32);
        const bool is_exhaustive = count <= exhaustive_shingles;
        const i64 wanted = is_exhaustive ? count : std::min(std::max(count / shingles_per_key, min_size), max_size);
        const std::span<const u64> sketch = smallest.of(shingles, wanted);
        for (const u64 value : sketch) query_keys.push(static_cast<u32>(value >> 32));
        sizes.data()[row - first] = static_cast<i64>(sketch.size());
    });
    return {std::move(counts), std::move(fingerprints), std::move(query_keys), std::move(sizes), std::move(keys)};
}

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
    m.def("sketch_bottom", &sketch_bottom, "texts"_a, "first"_a, "last"_a, "fingerprint_keys"_a,
          "min_size"_a, "max_size"_a, "shingles_per_key"_a, "exhaustive_shingles"_a);
}
}  // namespace dedup
