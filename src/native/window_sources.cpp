// Windows with the same smallest shingle: which of them are equal, and which came first.
#include <bit>
#include <numeric>

#include "segments.hpp"

namespace dedup {
namespace {
// Parts of the runs that windows.find_runs gives.
struct Runs {
    std::vector<i64> starts, sources, counts;

    // Adds a window behind the last run or, if it goes on with it, to it; a fresh one never goes on.
    void add(i64 window, i64 source, bool fresh) {
        if (!fresh && starts.back() + counts.back() == window && sources.back() + counts.back() == source) {
            ++counts.back();
            return;
        }
        starts.push_back(window), sources.push_back(source), counts.push_back(1);
    }
};

class SourceFinder {
   public:
    SourceFinder(const Texts& pieces, std::span<const i64> firsts, i64 size)
        : here_(pieces, firsts), there_(pieces, firsts), last_(firsts.back()), size_(size),
          factor_(rolling_power(size)) {}

    // Finds the windows that repeat one before them among those of one shingle, and the first that each repeats: what
    // winnow notes of the shingle, by place.
    void take(std::span<const i64> starts, std::span<const u32> lengths) {
        empty(std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}));
        for (std::size_t noted = 0; noted < starts.size(); ++noted)
            take_row(starts[noted], starts[noted] + i64{lengths[noted]});
    }
    Runs& runs() { return runs_; }

   private:
    static constexpr i64 FREE = -1;

    // The windows that were met, by their hashes, in open addressing.
    void empty(std::size_t count) {
        const std::size_t slots = std::bit_ceil(std::max<std::size_t>(2 * count, 8));
        if (hashes_.size() < slots) hashes_.resize(slots), windows_.resize(slots);
        std::fill_n(windows_.begin(), slots, FREE);
        mask_ = slots - 1;
    }

    // Goes through windows in a row.
    void take_row(i64 start, i64 stop) {
        const u64* tokens = here_.read(start, stop + size_ - 1);
        const std::size_t before = runs_.starts.size();
        u64 hash = 0;
        for (i64 token = 0; token < size_ - 1; ++token) hash = hash * ROLLING_BASE + tokens[token];
        i64 source = FREE;
        for (i64 window = start; window < stop; ++window, ++tokens) {
            hash = hash * ROLLING_BASE + tokens[size_ - 1];
            if (window > start) hash -= tokens[-1] * factor_;
            source = first_of(window, hash, tokens, stop, source);
            if (source != FREE && source + size_ <= window) runs_.add(window, source, runs_.starts.size() == before);
        }
    }

    // The first window that is equal to one; FREE where there is none, which is the first one from now on.
    i64 first_of(i64 window, u64 hash, const u64* tokens, i64 stop, i64 source_before) {
        for (std::size_t slot = mix(hash) & mask_;; slot = (slot + 1) & mask_) {
            const i64 source = windows_[slot];
            if (source == FREE) {
                hashes_[slot] = hash, windows_[slot] = window;
                return FREE;
            }
            if (hashes_[slot] != hash) continue;
            // If the windows before them are equal, all but the last tokens are.
            const i64 known = source_before != FREE && source == source_before + 1 ? size_ - 1 : 0;
            // What comes next is often compared next.
            const i64 until = std::min(source + size_ + stop - window, last_);
            const u64* others = there_.read(source, there_.has(source, source + size_) ? source + size_ : until);
            if (std::equal(tokens + known, tokens + size_, others + known)) return source;
        }
    }

    TokenReader here_, there_;
    const i64 last_, size_;
    const u64 factor_;
    std::vector<u64> hashes_;
    std::vector<i64> windows_;
    std::size_t mask_ = 0;
    Runs runs_;
};

std::tuple<std::vector<i64>, std::vector<i64>, std::vector<i64>> find_sources(
    const TextsHolder& pieces, const Array<i64>& given_firsts, const Array<u64>& hashes, const Array<i64>& starts,
    const Array<u32>& lengths, i64 size) {
    if (size < 1) throw nb::value_error("size: of no window");
    const std::span<const i64> firsts = checked_firsts(pieces, given_firsts);
    const std::size_t end = hashes.shape(0);
    if (starts.shape(0) != end || lengths.shape(0) != end) throw nb::value_error("starts: of other shingles");
    for (std::size_t noted = 0; noted < end; ++noted) {
        const i64 start = starts.data()[noted], length = lengths.data()[noted];
        if (start < 0 || start > firsts.back() || length == 0 || start + length + size - 1 > firsts.back())
            throw nb::index_error("starts: beyond the tokens");
    }
    SourceFinder finder(pieces.texts(), firsts, size);
    nb::gil_scoped_release release;
    for (std::size_t from = 0, until = 0; from < end; from = until) {
        while (until < end && hashes.data()[until] == hashes.data()[from]) ++until;
        finder.take({starts.data() + from, until - from}, {lengths.data() + from, until - from});
    }
    Runs& runs = finder.runs();
    return {std::move(runs.starts), std::move(runs.sources), std::move(runs.counts)};
}
}  // namespace

void bind_window_sources(nb::module_& m) {
    m.def("find_sources", &find_sources, "pieces"_a, "firsts"_a, "hashes"_a, "starts"_a, "lengths"_a, "size"_a);
}
}  // namespace dedup
