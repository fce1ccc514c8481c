// Sketches of rows, checked as they come in; and candidates by a sample of keys, or by all keys, the rarest first.
#include "candidates.hpp"

#include <bit>
#include <functional>
#include <limits>

namespace dedup {
TakenKeys::TakenKeys(Held& held, const nb::object& taken, std::size_t rows, i64 numbers)
    : keys_(held.of<const u32>(taken, "keys")) {
    const std::span<const i64> offsets = held.of<const i64>(taken, "offsets", rows + 1);
    offsets_ = offsets.data();
    check_offsets(offsets.first(rows + 1), keys_.size());
    if (std::any_of(keys_.begin(), keys_.end(), [numbers](u32 key) { return key >= numbers; }))
        throw nb::value_error("keys: beyond their number");
}

Sketches::Sketches(Held& held, const nb::object& sketches) {
    counts = held.of<const i64>(sketches, "counts");
    const std::size_t size = counts.size();
    rows = static_cast<i64>(size);
    order = held.of<const i64>(sketches, "order", size), leader = held.of<const i64>(sketches, "leader", size);
    numbers = nb::cast<i64>(sketches.attr("keys")), whole = nb::cast<i64>(sketches.attr("whole"));
    probes = TakenKeys(held, sketches.attr("probes"), size, numbers);
    entries = TakenKeys(held, sketches.attr("entries"), size, numbers);
    found = held.of<const i64>(sketches, "found", size), needed = held.of<const i64>(sketches, "needed", size);
    of_rest = held.of<const i64>(sketches, "of_rest", 1);
    if (rows > std::numeric_limits<i32>::max() || order.size() != size) throw nb::value_error("order: beyond the rows");
    check_numbers(order, rows, "order"), check_numbers(leader, rows, "leader");
    for (std::size_t turn = 0; turn < size; ++turn) {
        const auto row = static_cast<std::size_t>(order[turn]);
        const auto asked = static_cast<i64>(probes.of(static_cast<i64>(turn)).size());
        if (needed[row] < 1 && asked > 0) throw nb::value_error("needed: nothing");
        if (asked > found[row] || (counts[row] > whole && found[row] >= static_cast<i64>(of_rest.size())))
            throw nb::value_error("found: out of range");
    }
}

CandidateLookup::CandidateLookup(const Sketches& sketches, const Postings& postings, const Limits& limits,
                                 std::span<u32> hits)
    : sketches_(sketches),
      postings_(postings),
      limits_(limits),
      hits_(hits),
      met_(std::make_unique_for_overwrite<u32[]>(hits.size() + 1)) {
    ranked_.reserve(static_cast<std::size_t>(limits.compared) + 1);
}

std::span<u32> CandidateLookup::find(i64 turn, i64 row) {
    count_ = 0, ranked_.clear();
    if (sketches_.counts[static_cast<std::size_t>(row)] > sketches_.whole)
        look_up_sample(turn, row);
    else
        look_up_all(turn, row);
    if (limits_.compared) {
        count_ = 0;
        for (const u64 one : ranked_) met_[count_++] = ~static_cast<u32>(one);
    }
    return met();
}

// Of the hits, the lower part counts all probes, the upper those that list all their rows.
void CandidateLookup::look_up_sample(i64 turn, i64 row) {
    i64 full_keys = 0;
    for (const u32 key : sketches_.probes.of(turn)) {
        const bool is_full = postings_.length(key) >= limits_.full;
        full_keys += is_full;
        postings_.for_rows(key, limits_.full, [&](u32 other) { meet(other, is_full ? 1 : 1 + UPPER); });
    }
    if (count_ == 0) return;
    const auto at = static_cast<std::size_t>(row);
    const i64 needed = sketches_.needed[at];
    const i64 of_rest = sketches_.of_rest[static_cast<std::size_t>(sketches_.found[at] - full_keys)];
    std::size_t left = 0;
    for (const u32 other : met()) {
        const u32 every = hits_[other] % UPPER, upper = hits_[other] / UPPER;
        hits_[other] = 0;
        if (every < needed && !(full_keys && upper >= of_rest)) continue;
        if (limits_.compared)
            rank(u64{upper} << 16 | every, other);
        else
            met_[left++] = other;
    }
    count_ = left;
}

// Inserts a candidate among those with the most hits. Hits of keys that list all their rows count before others, as
// they are rarer. Of as many the lower row comes first.
void CandidateLookup::rank(u64 hits, u32 row) {
    const u64 value = hits << 32 | static_cast<u32>(~row);
    if (static_cast<i64>(ranked_.size()) == limits_.compared) {
        if (value < ranked_.back()) return;
        ranked_.pop_back();
    }
    ranked_.insert(std::ranges::upper_bound(ranked_, value, std::greater()), value);
}

// A row that shares m of n keys has one of any n - m + 1 (prefix filtering: Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma
// and Srikant 2007). So the shortest lists name the candidates, and all keys that these share are counted. Of a list longer
// than `listed` only the first rows are candidates.
void CandidateLookup::look_up_all(i64 turn, i64 row) {
    const std::span<const u32> probes = sketches_.probes.of(turn);
    const i64 size = static_cast<i64>(probes.size()), needed = sketches_.needed[static_cast<std::size_t>(row)];
    const i64 beginning = size - needed + 1;
    if (beginning <= 0) return;
    sort_by_length(probes);
    const auto key_at = [this](i64 place) { return keys_[static_cast<std::size_t>(place)]; };
    for (i64 place = 0; place < beginning; ++place)
        postings_.for_rows(key_at(place), limits_.listed, [this](u32 other) { meet(other, 1); });
    i64 at = beginning;
    u32 more = 0;  // than what is shared
    if (postings_.length(key_at(beginning - 1)) > limits_.listed) {  // counted in part: once more, all of it
        at = 0, more = 1;
        for (const u32 other : met()) hits_[other] = more;
    }
    while (count_ != 0 && at < size) {
        const u32 key = key_at(at);
        postings_.for_rows(key, postings_.length(key), [this](u32 other) { hits_[other] += hits_[other] > 0; });
        ++at;
        leave(needed + more - (size - at), 0);
    }
    leave(needed + more, more);
    for (const u32 other : met()) {
        if (limits_.compared) rank(hits_[other], other);
        hits_[other] = 0;
    }
}

// Keeps the rows that have so many hits, forgets the others; of their hits `more` are taken back.
void CandidateLookup::leave(i64 least, u32 more) {
    std::size_t left = 0;
    for (const u32 other : met()) {
        if (static_cast<i64>(hits_[other]) < least) {
            hits_[other] = 0;
            continue;
        }
        hits_[other] -= more;
        met_[left++] = other;
    }
    count_ = left;
}

// The exponent of the length and the two bits behind it; whatever is longer than `listed` is in the last one.
std::size_t CandidateLookup::class_of(u32 key) const {
    const i64 length = postings_.length(key);
    if (length > limits_.listed) return CLASSES - 1;
    const auto bits = static_cast<i64>(std::bit_cast<u32>(static_cast<float>(length)));
    return static_cast<std::size_t>(std::max<i64>((bits >> 21) - 507, 0));
}

// Sorts as far as it matters. Equal keys stay beside each other.
void CandidateLookup::sort_by_length(std::span<const u32> probes) {
    std::size_t bounds[CLASSES + 1] = {};
    for (const u32 key : probes) ++bounds[class_of(key) + 1];
    for (int number = 0; number < CLASSES; ++number) bounds[number + 1] += bounds[number];
    keys_.resize(probes.size());
    for (const u32 key : probes) keys_[bounds[class_of(key)]++] = key;
}
}  // namespace dedup
