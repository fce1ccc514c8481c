// Shared keys, checked as they come in; and the lookup of candidates, by a sketch or by all keys.
#include "candidates.hpp"

#include <bit>
#include <functional>
#include <limits>

namespace dedup {
OrderedKeys::OrderedKeys(HeldObjects& held, const nb::object& ordered, std::size_t rows, i64 key_count)
    : keys_(held.hold_attribute<const u32>(ordered, "keys")),
      offsets_(held.hold_attribute<const i64>(ordered, "offsets", rows + 1)),
      key_count_(key_count) {}

void OrderedKeys::check(i64 first, i64 last) const {
    check_offsets(offsets_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first) + 1),
                  keys_.size());
    const auto begin = keys_.begin() + offsets_[static_cast<std::size_t>(first)];
    const auto end = keys_.begin() + offsets_[static_cast<std::size_t>(last)];
    if (std::any_of(begin, end, [this](u32 key) { return key >= key_count_; }))
        throw nb::value_error("keys: not below key_count");
}

SharedKeys::SharedKeys(HeldObjects& held, const nb::object& keys) {
    counts = held.hold_attribute<const i64>(keys, "counts");
    const std::size_t size = counts.size();
    rows = static_cast<i64>(size);
    order = held.hold_attribute<const i64>(keys, "order", size);
    representative = held.hold_attribute<const i64>(keys, "representative", size);
    key_count = nb::cast<i64>(keys.attr("key_count"));
    exhaustive_tokens = nb::cast<i64>(keys.attr("exhaustive_tokens"));
    query_keys = OrderedKeys(held, keys.attr("query_keys"), size, key_count);
    posting_keys = OrderedKeys(held, keys.attr("posting_keys"), size, key_count);
    sketch_sizes = held.hold_attribute<const i64>(keys, "sketch_sizes", size);
    min_shared = held.hold_attribute<const i64>(keys, "min_shared", size);
    min_shared_uncapped = held.hold_attribute<const i64>(keys, "min_shared_uncapped", 1);
    if (rows > std::numeric_limits<i32>::max() || order.size() != size) throw nb::value_error("order: beyond the rows");
}

void SharedKeys::check(i64 first, i64 last) const {
    query_keys.check(first, last), posting_keys.check(first, last);
    check_numbers(order.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)), rows,
                  "order");
    for (i64 step = first; step < last; ++step) {
        const auto row = static_cast<std::size_t>(order[static_cast<std::size_t>(step)]);
        check_numbers({&representative[row], 1}, rows, "representative");
        const auto queried = static_cast<i64>(query_keys.at(step).size());
        if (min_shared[row] < 1 && queried > 0) throw nb::value_error("min_shared: less than 1");
        if (queried > sketch_sizes[row] ||
            (counts[row] > exhaustive_tokens && sketch_sizes[row] >= static_cast<i64>(min_shared_uncapped.size())))
            throw nb::value_error("sketch_sizes: out of range");
    }
}

CandidateLookup::CandidateLookup(const SharedKeys& keys, const PostingLists& postings, const MatchSettings& settings,
                                 std::span<u32> shared_counts)
    : keys_(keys),
      postings_(postings),
      settings_(settings),
      shared_counts_(shared_counts),
      found_(std::make_unique_for_overwrite<u32[]>(shared_counts.size() + 1)) {
    ranked_.reserve(static_cast<std::size_t>(settings.max_candidates) + 1);
}

std::span<u32> CandidateLookup::find(i64 step, i64 row) {
    found_count_ = 0, ranked_.clear();
    if (keys_.is_exhaustive(row))
        find_by_all_keys(step, row);
    else
        find_by_sketch(step, row);
    if (settings_.max_candidates) {
        found_count_ = 0;
        for (const u64 one : ranked_) found_[found_count_++] = ~static_cast<u32>(one);
    }
    return found();
}

// Of a shared count, the lower half counts all keys, the upper half the uncapped ones.
void CandidateLookup::find_by_sketch(i64 step, i64 row) {
    i64 capped_keys = 0;
    for (const u32 key : keys_.query_keys.at(step)) {
        const bool is_capped = postings_.length(key) >= settings_.max_postings;
        capped_keys += is_capped;
        postings_.for_rows(key, settings_.max_postings, [&](u32 kept) { count(kept, is_capped ? 1 : 1 + UNCAPPED); });
    }
    if (found_count_ == 0) return;
    const auto at = static_cast<std::size_t>(row);
    const i64 needed = keys_.min_shared[at];
    const i64 needed_uncapped =
        keys_.min_shared_uncapped[static_cast<std::size_t>(keys_.sketch_sizes[at] - capped_keys)];
    std::size_t left = 0;
    for (const u32 kept : found()) {
        const u32 shared = shared_counts_[kept] % UNCAPPED, uncapped = shared_counts_[kept] / UNCAPPED;
        shared_counts_[kept] = 0;
        if (shared < needed && !(capped_keys && uncapped >= needed_uncapped)) continue;
        if (settings_.max_candidates)
            rank(u64{uncapped} << 16 | shared, kept);
        else
            found_[left++] = kept;
    }
    found_count_ = left;
}

// Inserts a candidate among those that share the most keys. Uncapped keys count before capped ones, since they are
// rarer. Of equal rows the lower comes first.
void CandidateLookup::rank(u64 shared, u32 row) {
    const u64 value = shared << 32 | static_cast<u32>(~row);
    if (static_cast<i64>(ranked_.size()) == settings_.max_candidates) {
        if (value < ranked_.back()) return;
        ranked_.pop_back();
    }
    ranked_.insert(std::ranges::upper_bound(ranked_, value, std::greater()), value);
}

// A row that shares m of n keys has one of any n - m + 1 of them (prefix filtering: Chaudhuri, Ganti and Kaushik 2006;
// Bayardo, Ma and Srikant 2007). So the shortest posting lists name the candidates, and then all keys that these share
// are counted. Of a list longer than `max_exhaustive_postings` only the first rows become candidates.
void CandidateLookup::find_by_all_keys(i64 step, i64 row) {
    const std::span<const u32> keys = keys_.query_keys.at(step);
    const i64 size = static_cast<i64>(keys.size()), needed = keys_.min_shared[static_cast<std::size_t>(row)];
    const i64 prefix = size - needed + 1;
    if (prefix <= 0) return;
    sort_by_length(keys);
    const auto key_at = [this](i64 place) { return rarest_first_[static_cast<std::size_t>(place)]; };
    for (i64 place = 0; place < prefix; ++place)
        postings_.for_rows(key_at(place), settings_.max_exhaustive_postings, [this](u32 kept) { count(kept, 1); });
    i64 at = prefix;
    u32 surplus = 0;  // of a shared count over the keys that are shared
    if (postings_.length(key_at(prefix - 1)) > settings_.max_exhaustive_postings) {
        // Lists of the prefix were counted in part: all lists are counted again.
        at = 0, surplus = 1;
        for (const u32 kept : found()) shared_counts_[kept] = surplus;
    }
    while (found_count_ != 0 && at < size) {
        const u32 key = key_at(at);
        postings_.for_rows(key, postings_.length(key),
                           [this](u32 kept) { shared_counts_[kept] += shared_counts_[kept] > 0; });
        ++at;
        drop_below(needed + surplus - (size - at), 0);
    }
    drop_below(needed + surplus, surplus);
    for (const u32 kept : found()) {
        if (settings_.max_candidates) rank(shared_counts_[kept], kept);
        shared_counts_[kept] = 0;
    }
}

// Drops the rows with lower counts, and subtracts the surplus from the counts of the remaining rows.
void CandidateLookup::drop_below(i64 min_shared, u32 surplus) {
    std::size_t left = 0;
    for (const u32 kept : found()) {
        if (static_cast<i64>(shared_counts_[kept]) < min_shared) {
            shared_counts_[kept] = 0;
            continue;
        }
        shared_counts_[kept] -= surplus;
        found_[left++] = kept;
    }
    found_count_ = left;
}

// The exponent of the length and its two next bits. Lists longer than `max_exhaustive_postings` are in the last class.
std::size_t CandidateLookup::length_class(u32 key) const {
    const i64 length = postings_.length(key);
    if (length > settings_.max_exhaustive_postings) return LENGTH_CLASSES - 1;
    const auto bits = static_cast<i64>(std::bit_cast<u32>(static_cast<float>(length)));
    return static_cast<std::size_t>(std::max<i64>((bits >> 21) - 507, 0));
}

// Sorts the keys by the class of their length, which is exact enough. Equal keys stay beside each other.
void CandidateLookup::sort_by_length(std::span<const u32> keys) {
    std::size_t bounds[LENGTH_CLASSES + 1] = {};
    for (const u32 key : keys) ++bounds[length_class(key) + 1];
    for (int number = 0; number < LENGTH_CLASSES; ++number) bounds[number + 1] += bounds[number];
    rarest_first_.resize(keys.size());
    for (const u32 key : keys) rarest_first_[bounds[length_class(key)]++] = key;
}
}  // namespace dedup
