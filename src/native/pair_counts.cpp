// The number of shingles that pairs of rows share: dedup/matching/similarity.py.
#include "arrays.hpp"

namespace dedup {
namespace {
// Counts the values that two sorted rows of different values have in common. It merges them without branches, since
// these would be mispredicted.
i64 count_shared(std::span<const u64> left, std::span<const u64> right) {
    i64 shared = 0;
    for (std::size_t first = 0, second = 0; first < left.size() && second < right.size();) {
        const u64 one = left[first], other = right[second];
        shared += one == other, first += one <= other, second += other <= one;
    }
    return shared;
}

void count_shared_pairs(const Array<u64>& values, const Array<i64>& offset_array, const Array<i64>& left_array,
                        const Array<i64>& right_array, const OutputArray<i64>& shared) {
    const std::span<const i64> offsets(offset_array.data(), offset_array.shape(0));
    const std::span<const i64> left(left_array.data(), left_array.shape(0));
    const std::span<const i64> right(right_array.data(), right_array.shape(0));
    const i64 rows = check_offsets(offsets, values.shape(0));
    if (left.size() != right.size() || shared.shape(0) != left.size()) throw nb::value_error("shared: of another shape");
    check_numbers(left, rows, "left"), check_numbers(right, rows, "right");
    const u64* data = values.data();
    i64* counts = shared.data();
    nb::gil_scoped_release release;
    const auto row_of = [&](i64 row) {
        const auto begin = static_cast<std::size_t>(offsets[static_cast<std::size_t>(row)]);
        return std::span(data + begin, static_cast<std::size_t>(offsets[static_cast<std::size_t>(row) + 1]) - begin);
    };
    for (std::size_t pair = 0; pair < left.size(); ++pair)
        counts[pair] = count_shared(row_of(left[pair]), row_of(right[pair]));
}
}  // namespace

void bind_pair_counts(nb::module_& m) {
    m.def("count_shared_pairs", &count_shared_pairs, "values"_a, "offsets"_a, "left"_a, "right"_a, "shared"_a);
}
}  // namespace dedup
