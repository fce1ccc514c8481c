// Rows to sketches: the smallest of their shingle hashes (Broder 1997), or the keys of the bands of their signatures.
#include "workshop.hpp"

namespace dedup {
namespace {
constexpr i64 PARTS = 64;  // of the range of the smallest values
constexpr i64 FEW = 24;    // values that are sorted as they come
constexpr i64 BYTES = 3;   // of text for a shingle, at least in most texts: memory that is never touched costs nothing

// Finds the smallest different values of rows.
class Least {
   public:
    Least(i64 most, i64 longest)
        : least_(static_cast<std::size_t>(most) + 1),
          small_(std::make_unique_for_overwrite<u64[]>(static_cast<std::size_t>(longest))),
          spread_(std::make_unique_for_overwrite<u64[]>(static_cast<std::size_t>(longest))) {}

    // So many of them at most, in order.
    std::span<const u64> of(std::span<const u64> all, i64 most) {
        const u64* values = all.data();
        const i64 count = std::ssize(all);
        if (count > 4 * most) {
            // Of values that are spread evenly, half as many again as are wanted are below this.
            const u64 limit = ~u64{0} / static_cast<u64>(count) * static_cast<u64>(most + most / 2 + 8);
            const i64 size = kernels_in_use().choose_below(values, count, limit, small_.get());
            spread_out(small_.get(), size, limit);
            sort(spread_.get(), size, most);
            if (size_ == most) return found();
        } else if (FEW < count) {
            spread_out(values, count, ~u64{0});
            values = spread_.get();
        }
        sort(values, count, most);
        return found();
    }

   private:
    std::span<const u64> found() const { return {least_.data(), static_cast<std::size_t>(size_)}; }

    // Puts evenly spread values nearly in order: by the part of the range that they are in.
    void spread_out(const u64* values, i64 count, u64 limit) {
        const u64 scale = (u64{PARTS} << 32) / ((limit >> 32) + 1);
        i64 bounds[PARTS + 1] = {};
        for (i64 place = 0; place < count; ++place) ++bounds[((values[place] >> 32) * scale >> 32) + 1];
        for (i64 part = 0; part < PARTS; ++part) bounds[part + 1] += bounds[part];
        for (i64 place = 0; place < count; ++place)
            spread_[static_cast<std::size_t>(bounds[(values[place] >> 32) * scale >> 32]++)] = values[place];
    }

    // By insertion, without repetitions.
    void sort(const u64* values, i64 count, i64 most) {
        u64* least = least_.data();
        size_ = 0;
        for (i64 place = 0; place < count; ++place) {
            const u64 value = values[place];
            if (size_ == most && (most == 0 || value >= least[size_ - 1])) continue;
            i64 at = size_;
            while (at > 0 && least[at - 1] > value) --at;
            if (at > 0 && least[at - 1] == value) continue;
            std::copy_backward(least + at, least + size_, least + size_ + 1);
            least[at] = value;
            size_ = std::min(size_ + 1, most);
        }
    }

    std::vector<u64> least_;
    i64 size_ = 0;
    std::unique_ptr<u64[]> small_, spread_;
};

// Of n shingles one in `part`, but `size` at least and `most` at most, and of up to `whole` all; and all keys.
using Sketched = std::tuple<Room<i64>, Room<u64>, Room<u32>, Room<i64>, Room<u32>>;
Sketched sketch_bottom(const TextsHolder& holder, i64 first, i64 last, const Table<u64>& print_keys, i64 size, i64 most,
                       i64 part, i64 whole) {
    const Texts& texts = holder.checked(first, last);
    if (size < 1 || most < size || part < 1 || whole < 0) throw nb::value_error("sampling: out of range");
    const auto rows = static_cast<std::size_t>(last - first);
    Room<i64> counts(rows), found(rows);
    Room<u64> prints(2 * rows);
    const auto room = static_cast<std::size_t>((texts.offsets[last] - texts.offsets[first]) / BYTES);
    Room<u32> keys(0, room), probes(0, std::min(room, rows * static_cast<std::size_t>(std::max(most, whole))));
    Description description(print_keys, counts.data(), prints.data());
    nb::gil_scoped_release release;
    Workshop workshop(texts, first, last);
    Least least(std::max(most, whole), workshop.longest() + 1);
    workshop.for_rows([&](i64 row, std::span<const u64> tokens, std::span<const u64> shingles) {
        description.note(tokens);
        const i64 count = std::ssize(shingles);
        const std::size_t begin = keys.take(shingles.size());
        u32* noted = keys.data() + begin;
        for (const u64 shingle : shingles) *noted++ = static_cast<u32>(shingle >> 32);
        const i64 wanted = count <= whole ? count : std::min(std::max(count / part, size), most);
        const std::span<const u64> kept = least.of(shingles, wanted);
        for (const u64 value : kept) probes.push(static_cast<u32>(value >> 32));
        found.data()[row - first] = static_cast<i64>(kept.size());
    });
    return {std::move(counts), std::move(prints), std::move(probes), std::move(found), std::move(keys)};
}

// The upper half of each band's key, band after band.
std::tuple<Room<i64>, Room<u64>, Room<u32>> sketch_bands(
    const TextsHolder& holder, i64 first, i64 last, const Table<u64>& print_keys, const Array<u32>& factors,
    const Array<u32>& shifts, const Array<u64>& band_factors, const Array<u64>& band_shifts) {
    const Texts& texts = holder.checked(first, last);
    const std::size_t bands = band_shifts.shape(0), used = band_factors.shape(0), columns = factors.shape(0);
    if (bands == 0 || used % bands != 0 || columns < used || shifts.shape(0) != columns)
        throw nb::value_error("bands: of another shape");
    const auto rows = static_cast<std::size_t>(last - first);
    Room<i64> counts(rows);
    Room<u64> prints(2 * rows);
    Room<u32> keys(bands * rows);
    Description description(print_keys, counts.data(), prints.data());
    nb::gil_scoped_release release;
    Workshop workshop(texts, first, last);
    std::vector<u32> signature(columns);
    workshop.for_rows([&](i64 row, std::span<const u64> tokens, std::span<const u64> shingles) {
        description.note(tokens);
        workshop.sign(shingles, factors, shifts, signature.data());
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

void bind_sketching(nb::module_& m) {
    m.def("sketch_bands", &sketch_bands, "texts"_a, "first"_a, "last"_a, "print_keys"_a, "factors"_a, "shifts"_a,
          "band_factors"_a, "band_shifts"_a);
    m.def("sketch_bottom", &sketch_bottom, "texts"_a, "first"_a, "last"_a, "print_keys"_a, "size"_a, "most"_a, "part"_a,
          "whole"_a);
}
}  // namespace dedup
