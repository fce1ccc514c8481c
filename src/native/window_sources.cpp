// Finds which windows with the same smallest shingle are equal, and which of equal ones is the first: spans/windows.py.
#include <bit>
#include <numeric>

#include "segments.hpp"

namespace dedup {
namespace {
// Parts of the runs that find_window_runs of spans/windows.py returns.
struct WindowRuns {
    std::vector<i64> starts, sources, counts;

    // Adds a window: to the last run if it continues that one and `may_continue`, otherwise as a new run.
    void add(i64 window, i64 source, bool may_continue) {
        if (may_continue && starts.back() + counts.back() == window && sources.back() + counts.back() == source) {
            ++counts.back();
            return;
        }
        starts.push_back(window), sources.push_back(source), counts.push_back(1);
    }
};

class SourceFinder {
   public:
    SourceFinder(const TextsHolder& segments, std::span<const i64> first_tokens, i64 size)
        : windows_reader_(segments, first_tokens), sources_reader_(segments, first_tokens),
          token_count_(first_tokens.back()), size_(size), factor_(rolling_power(size)) {}

    // Finds which windows of one smallest shingle repeat an earlier one, and the first window that each repeats.
    // Takes what `winnow` recorded for the shingle, by place.
    void add_shingle(std::span<const i64> starts, std::span<const u32> counts) {
        clear_table(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
        for (std::size_t record = 0; record < starts.size(); ++record)
            add_windows(starts[record], starts[record] + i64{counts[record]});
    }
    WindowRuns& runs() { return runs_; }

   private:
    static constexpr i64 NO_WINDOW = -1;

    // Empties the table of distinct windows (by hash, with open addressing), and makes room for `count` windows.
    void clear_table(std::size_t count) {
        const std::size_t slots = std::bit_ceil(std::max<std::size_t>(2 * count, 8));
        if (hashes_.size() < slots) hashes_.resize(slots), windows_.resize(slots);
        std::fill_n(windows_.begin(), slots, NO_WINDOW);
        mask_ = slots - 1;
    }

    // Looks up consecutive windows.
    void add_windows(i64 start, i64 stop) {
        const u64* tokens = windows_reader_.read(start, stop + size_ - 1);
        const std::size_t runs_before = runs_.starts.size();
        u64 hash = 0;
        for (i64 token = 0; token < size_ - 1; ++token) hash = hash * ROLLING_BASE + tokens[token];
        i64 source = NO_WINDOW;
        for (i64 window = start; window < stop; ++window, ++tokens) {
            hash = hash * ROLLING_BASE + tokens[size_ - 1];
            if (window > start) hash -= tokens[-1] * factor_;
            source = find_or_insert(window, hash, tokens, stop, source);
            if (source != NO_WINDOW && source + size_ <= window)
                runs_.add(window, source, runs_.starts.size() > runs_before);
        }
    }

    // Returns the first window that is equal to `window`. If there is none, inserts it and returns NO_WINDOW.
    i64 find_or_insert(i64 window, u64 hash, const u64* tokens, i64 stop, i64 previous_source) {
        for (std::size_t slot = mix(hash) & mask_;; slot = (slot + 1) & mask_) {
            const i64 source = windows_[slot];
            if (source == NO_WINDOW) {
                hashes_[slot] = hash, windows_[slot] = window;
                return NO_WINDOW;
            }
            if (hashes_[slot] != hash) continue;
            // If the previous windows are equal, only the last tokens can differ.
            const i64 equal = previous_source != NO_WINDOW && source == previous_source + 1 ? size_ - 1 : 0;
            // The tokens after the source are often compared next.
            const i64 until = std::min(source + size_ + stop - window, token_count_);
            const bool is_loaded = sources_reader_.has(source, source + size_);
            const u64* source_tokens = sources_reader_.read(source, is_loaded ? source + size_ : until);
            if (std::equal(tokens + equal, tokens + size_, source_tokens + equal)) return source;
        }
    }

    TokenReader windows_reader_, sources_reader_;
    const i64 token_count_, size_;
    const u64 factor_;
    std::vector<u64> hashes_;
    std::vector<i64> windows_;
    std::size_t mask_ = 0;
    WindowRuns runs_;
};

std::tuple<std::vector<i64>, std::vector<i64>, std::vector<i64>> find_window_sources(
    const TextsHolder& segments, const Array<i64>& first_token_array, const Array<u64>& hashes,
    const Array<i64>& starts, const Array<u32>& counts, i64 size) {
    if (size < 1) throw nb::value_error("size: of no window");
    const std::span<const i64> first_tokens = checked_first_tokens(segments, first_token_array);
    const std::size_t records = hashes.shape(0);
    if (starts.shape(0) != records || counts.shape(0) != records)
        throw nb::value_error("starts: of other shingles");
    for (std::size_t record = 0; record < records; ++record) {
        const i64 start = starts.data()[record], count = counts.data()[record];
        if (start < 0 || start > first_tokens.back() || count == 0 || start + count + size - 1 > first_tokens.back())
            throw nb::index_error("starts: beyond the tokens");
    }
    SourceFinder finder(segments, first_tokens, size);
    nb::gil_scoped_release release;
    for (std::size_t first = 0, until = 0; first < records; first = until) {
        while (until < records && hashes.data()[until] == hashes.data()[first]) ++until;
        finder.add_shingle({starts.data() + first, until - first}, {counts.data() + first, until - first});
    }
    WindowRuns& runs = finder.runs();
    return {std::move(runs.starts), std::move(runs.sources), std::move(runs.counts)};
}
}  // namespace

void bind_window_sources(nb::module_& m) {
    m.def("find_window_sources", &find_window_sources, "segments"_a, "first_tokens"_a, "hashes"_a, "starts"_a,
          "counts"_a, "size"_a);
}
}  // namespace dedup
