// Rows are hashed again when they are compared, unless their shingles or their sets are still in memory.
#include "similarity.hpp"

namespace dedup {
namespace {
// 0 is a free slot, so the value 0 becomes 1.
u64 member(u64 value) { return std::max(value, u64{1}); }

// Returns the slot of a value, or the free slot where it would be.
std::size_t slot_of(const u64* slots, std::size_t last, u64 value) {
    std::size_t at = value & last;
    while (slots[at] != 0 && slots[at] != value) at = (at + 1) & last;
    return at;
}
}  // namespace

void RecentShingles::add(u32 row, std::span<const u64> shingles) {
    const std::size_t room = ring_.size(), words = filter_words(shingles.size()), size = words + shingles.size();
    if (size > room / MIN_ROWS) return;
    std::size_t begin = static_cast<std::size_t>(written_) % room;
    if (begin + size > room) {  // the values of a row are contiguous
        written_ += static_cast<i64>(room - begin);
        begin = 0;
    }
    u64* bits = ring_.data() + begin;
    std::fill_n(bits, words, u64{0});
    for (const u64 value : shingles) bits[value & (words - 1)] |= filter_bit(value);
    std::copy(shingles.begin(), shingles.end(), bits + words);
    starts_[row] = written_;
    written_ += static_cast<i64>(size);
}

bool LargeSets::is_worth_keeping(u32 row, i64 size, i64 other_size) {
    if (size > std::max(LARGE_SHINGLES, SIZE_RATIO * other_size)) return true;
    --starts_[row];
    const bool fits = slots_.size() + 4 * static_cast<std::size_t>(size) < max_slots_;
    return fits && size > MIN_SHINGLES && starts_[row] < -1 - MIN_READS;
}

void LargeSets::add(u32 row, std::span<const u64> shingles) {
    std::size_t size = MIN_SHINGLES;
    while (size < 2 * shingles.size()) size *= 2;
    const std::size_t start = slots_.append(size + 1) + 1;
    u64* slots = slots_.data() + start;
    slots[-1] = size;
    std::fill_n(slots, size, u64{0});
    starts_[row] = static_cast<i64>(start);
    for (const u64 value : shingles) slots[slot_of(slots, size - 1, member(value))] = member(value);
}

i64 LargeSets::count_shared(u32 row, std::span<const u64> members, double min_shared) const {
    const u64* slots = slots_.data() + starts_[row];
    const std::size_t last = static_cast<std::size_t>(slots[-1]) - 1;
    const i64 count = static_cast<i64>(members.size());
    i64 shared = 0;
    for (i64 at = 0; at < count; ++at) {
        const u64 value = member(members[static_cast<std::size_t>(at)]);
        shared += slots[slot_of(slots, last, value)] == value;
        // One more than the count can still reach, since `min_shared` may be rounded up.
        if (static_cast<double>(count - (at - shared)) < min_shared) break;
    }
    return shared;
}

Similarities::Similarities(HeldObjects& held, const nb::object& tables, const TextsHolder& holder,
                           std::span<const i64> counts, bool by_containment)
    : texts_(holder.layout()),
      reader_(holder),
      counts_(counts),
      by_containment_(by_containment),
      hasher_(holder.layout(), 0, holder.rows()),
      set_sizes_(held.hold_attribute<u32>(tables, "set_sizes", counts.size())),
      recent_(held.hold_attribute<u64>(tables, "recent_ring", 1),
              held.hold_attribute<i64>(tables, "recent_starts", counts.size())),
      large_sets_(held.hold_attribute<u64>(tables, "large_set_slots"),
                  held.hold_attribute<i64>(tables, "large_set_starts", counts.size())) {}

std::span<const u64> Similarities::read(i64 row) {
    const RowBatch batch = hasher_.batch();
    kernels_in_use().hash_batch(reader_.read(row), 0, 1, batch);
    return {batch.shingles, static_cast<std::size_t>(shingles_in(batch.ends[1], texts_.ngram_size))};
}

std::span<double> Similarities::compare(i64 row, std::span<const u32> candidates, double threshold, bool best_only,
                                        ComparedRows* compared) {
    i64 own_size = 0;  // different shingles of the row, once it is read
    scores_.assign(candidates.size(), 0.0);
    u32 lowest_equal = ~u32{0};  // the lowest candidate of similarity 1
    for (const u32 candidate : candidates) {
        recent_.fetch(candidate);
        __builtin_prefetch(&counts_[candidate]), __builtin_prefetch(&set_sizes_[candidate]);
        if (texts_.size > 0) __builtin_prefetch(texts_.utf8 + texts_.offsets[candidate]);
    }
    for (const u32 candidate : candidates) __builtin_prefetch(recent_.of(candidate));
    for (std::size_t place = 0; place < candidates.size(); ++place) {
        const u32 candidate = candidates[place];
        if (best_only && candidate > lowest_equal) continue;
        const ComparedRow* before = compared ? find(*compared, candidate) : nullptr;
        if (before) {
            scores_[place] = before->similarity;
        } else {
            if (own_size == 0) {
                const std::span<const u64> values = read(row);
                own_size = row_set_.fill(values);
                set_sizes_[static_cast<std::size_t>(row)] = static_cast<u32>(own_size);
                recent_.add(static_cast<u32>(row), values);
            }
            const i64 size = shingles_in(counts_[candidate], texts_.ngram_size);
            if (!is_too_short(own_size, size, set_sizes_[candidate], threshold))
                scores_[place] = similarity(own_size, candidate, size, threshold);
            if (compared) compared->push_back({candidate, scores_[place]});
        }
        if (scores_[place] == 1.0) lowest_equal = std::min(lowest_equal, candidate);
    }
    return scores_;
}

// Tells from the filter of a candidate whether it lacks too many shingles of the row.
bool Similarities::cannot_contain(std::span<const u64> filter, double threshold) const {
    const std::span<const u64> members = row_set_.members();
    const auto own_size = static_cast<double>(members.size());
    std::size_t absent = 0;
    for (const u64 value : members)
        if (!(filter[value & (filter.size() - 1)] & RecentShingles::filter_bit(value)) &&
            static_cast<double>(members.size() - ++absent) / own_size < threshold)
            return true;
    return false;
}

double Similarities::similarity(i64 own_size, u32 candidate, i64 size, double threshold) {
    const double divisor = static_cast<double>(own_size);
    const u64* recent = recent_.of(candidate);
    std::span<const u64> values;
    if (recent) {
        const std::size_t words = RecentShingles::filter_words(static_cast<std::size_t>(size));
        if (by_containment_ && cannot_contain({recent, words}, threshold)) return 0.0;
        values = {recent + words, static_cast<std::size_t>(size)};
    }
    bool has_set = by_containment_ && large_sets_.has(candidate);
    if (!recent && !has_set) {
        values = read(candidate);
        has_set = by_containment_ && large_sets_.is_worth_keeping(candidate, size, own_size);
        if (has_set)
            large_sets_.add(candidate, values);
        else
            recent_.add(candidate, values);
    }
    if (has_set) {
        const i64 shared = large_sets_.count_shared(candidate, row_set_.members(), threshold * divisor);
        return static_cast<double>(shared) / divisor;
    }
    const i64 shared = row_set_.count_shared(values);
    if (by_containment_) return static_cast<double>(shared) / divisor;
    if (set_sizes_[candidate] == 0) set_sizes_[candidate] = static_cast<u32>(candidate_set_.fill(values));
    return static_cast<double>(shared) / static_cast<double>(own_size + set_sizes_[candidate] - shared);
}
}  // namespace dedup
