// Sketches rows for containment: dedup/matching/bottom_sketch.py.
#include "bottom_sketches.hpp"

namespace dedup {
namespace {
constexpr i64 BYTES_PER_SHINGLE = 3;  // of text, at least in most texts: memory that is never touched costs nothing

BottomSketchWriter::Result sketch_bottom(const TextsHolder& holder, i64 first, i64 last,
                                         const BottomSketchSettings& settings) {
    const Texts& texts = holder.checked(first, last);
    const i64 bytes = texts.offsets[last] - texts.offsets[first];
    BottomSketchWriter writer(settings, static_cast<std::size_t>(last - first), bytes);
    nb::gil_scoped_release release;
    RowHasher(texts, first, last).for_rows([&](i64, std::span<const u64> tokens, std::span<const u64> shingles) {
        writer.add(tokens, shingles);
    });
    return writer.result();
}
}  // namespace

std::span<const u64> SmallestValues::of(std::span<const u64> all, i64 wanted) {
    const u64* values = all.data();
    const i64 count = std::ssize(all);
    u64* roughly_sorted = scratch_memory(roughly_sorted_, all.size() + 1);
    if (count > 4 * wanted) {
        // Hashes are spread evenly: about one and a half times the wanted number is below this limit.
        const u64 limit = ~u64{0} / static_cast<u64>(count) * static_cast<u64>(wanted + wanted / 2 + 8);
        u64* below = scratch_memory(below_, all.size());
        const i64 size = kernels_in_use().choose_below(values, count, limit, below);
        sort_roughly(below, size, limit);
        sort(roughly_sorted, size, wanted);
        if (size_ == wanted) return found();
    } else if (MAX_UNSORTED < count) {
        sort_roughly(values, count, ~u64{0});
        values = roughly_sorted;
    }
    sort(values, count, wanted);
    return found();
}

// Sorts evenly spread values below a limit by the range that they are in.
void SmallestValues::sort_roughly(const u64* values, i64 count, u64 limit) {
    const u64 scale = (u64{RANGES} << 32) / ((limit >> 32) + 1);
    i64 bounds[RANGES + 1] = {};
    for (i64 place = 0; place < count; ++place) ++bounds[((values[place] >> 32) * scale >> 32) + 1];
    for (i64 range = 0; range < RANGES; ++range) bounds[range + 1] += bounds[range];
    for (i64 place = 0; place < count; ++place)
        roughly_sorted_[static_cast<std::size_t>(bounds[(values[place] >> 32) * scale >> 32]++)] = values[place];
}

// Sorts by insertion, without repetitions.
void SmallestValues::sort(const u64* values, i64 count, i64 wanted) {
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

BottomSketchWriter::BottomSketchWriter(const BottomSketchSettings& settings, std::size_t rows, i64 bytes)
    : settings_(settings),
      counts_(rows),
      fingerprints_(2 * rows),
      query_keys_(0, std::min(static_cast<std::size_t>(bytes / BYTES_PER_SHINGLE),
                              rows * static_cast<std::size_t>(settings.largest()))),
      sizes_(rows),
      keys_(0, static_cast<std::size_t>(bytes / BYTES_PER_SHINGLE)),
      writer_(settings.fingerprint_keys, counts_.data(), fingerprints_.data()),
      smallest_(settings.largest()) {}

void BottomSketchWriter::add(std::span<const u64> tokens, std::span<const u64> shingles) {
    if (rows_ == sizes_.size()) throw std::invalid_argument("rows: more than announced");
    writer_.write(tokens);
    const std::size_t begin = keys_.append(shingles.size());
    u32* written = keys_.data() + begin;
    for (const u64 shingle : shingles) *written++ = static_cast<u32>(shingle >> 32);
    const std::span<const u64> sketch = smallest_.of(shingles, settings_.size_of(std::ssize(shingles)));
    for (const u64 value : sketch) query_keys_.push(static_cast<u32>(value >> 32));
    sizes_.data()[rows_++] = std::ssize(sketch);
}

void bind_bottom_sketches(nb::module_& m) {
    nb::class_<BottomSketchSettings>(m, "BottomSketchSettings")
        .def(nb::init<Table<u64>, i64, i64, i64, i64>(), "fingerprint_keys"_a, "min_size"_a, "max_size"_a,
             "shingles_per_key"_a, "exhaustive_shingles"_a);
    m.def("sketch_bottom", &sketch_bottom, "texts"_a, "first"_a, "last"_a, "settings"_a);
}
}  // namespace dedup
