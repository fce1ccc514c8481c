// Rows are hashed again for those that meet them, unless their shingles or their sets are still there.
#include "verifying.hpp"

namespace dedup {
namespace {
// 0 stands for a free slot, so it is taken for 1.
u64 member(u64 value) { return std::max(value, u64{1}); }

// The slot of a value, or the free one where it would be.
std::size_t slot_of(const u64* slots, std::size_t last, u64 value) {
    std::size_t at = value & last;
    while (slots[at] != 0 && slots[at] != value) at = (at + 1) & last;
    return at;
}
}  // namespace

void Recent::note(u32 row, std::span<const u64> shingles) {
    const std::size_t room = values_.size(), words = words_of(shingles.size()), size = words + shingles.size();
    if (size > room / PART) return;
    std::size_t begin = static_cast<std::size_t>(written_) % room;
    if (begin + size > room) {  // in one piece
        written_ += static_cast<i64>(room - begin);
        begin = 0;
    }
    u64* bits = values_.data() + begin;
    std::fill_n(bits, words, u64{0});
    for (const u64 value : shingles) bits[value & (words - 1)] |= bit_of(value);
    std::copy(shingles.begin(), shingles.end(), bits + words);
    starts_[row] = written_;
    written_ += static_cast<i64>(size);
}

bool Library::belongs(u32 row, i64 size, i64 smallest) {
    if (size > std::max(LARGE, LARGER * smallest)) return true;
    --starts_[row];
    const bool fits = slots_.size() + 4 * static_cast<std::size_t>(size) < most_;
    return fits && size > OFTEN && starts_[row] < -1 - READ;
}

void Library::add(u32 row, std::span<const u64> shingles) {
    std::size_t size = OFTEN;
    while (size < 2 * shingles.size()) size *= 2;
    const std::size_t start = slots_.take(size + 1) + 1;
    u64* slots = slots_.data() + start;
    slots[-1] = size;
    std::fill_n(slots, size, u64{0});
    starts_[row] = static_cast<i64>(start);
    for (const u64 value : shingles) slots[slot_of(slots, size - 1, member(value))] = member(value);
}

i64 Library::shared(u32 row, std::span<const u64> members, double least) const {
    const u64* slots = slots_.data() + starts_[row];
    const std::size_t last = static_cast<std::size_t>(slots[-1]) - 1;
    const i64 count = static_cast<i64>(members.size());
    i64 shared = 0;
    for (i64 at = 0; at < count; ++at) {
        const u64 value = member(members[static_cast<std::size_t>(at)]);
        shared += slots[slot_of(slots, last, value)] == value;
        if (static_cast<double>(count - (at - shared)) < least) break;  // one more than there can be: it may be rounded up
    }
    return shared;
}

Verifier::Verifier(Held& held, const nb::object& tables, const TextsHolder& holder, std::span<const i64> counts,
                   double threshold, bool contained)
    : holder_(holder),
      texts_(holder.texts()),
      counts_(counts),
      threshold_(threshold),
      contained_(contained),
      workshop_(holder.texts(), 0, holder.rows()),
      distinct_(held.of<u32>(tables, "distinct", counts.size())),
      recent_(held.of<u64>(tables, "ring", 1), held.of<i64>(tables, "ring_starts", counts.size())),
      library_(held.of<u64>(tables, "slots"), held.of<i64>(tables, "library_starts", counts.size())) {}

std::span<const u64> Verifier::read(i64 row) {
    const Piece piece = workshop_.piece();
    holder_.ask(row);
    kernels_in_use().hash_piece(texts_, row, row + 1, piece);
    return {piece.shingles, static_cast<std::size_t>(shingles_in(piece.ends[1], texts_.ngram_size))};
}

std::span<double> Verifier::compare(i64 row, std::span<const u32> candidates, bool best_only, Compared* known) {
    i64 own = 0;  // of the row, once it is read
    scores_.assign(candidates.size(), 0.0);
    u32 equal = ~u32{0};  // the lowest row of similarity 1
    for (const u32 other : candidates) {
        recent_.fetch(other);
        __builtin_prefetch(&counts_[other]), __builtin_prefetch(&distinct_[other]);
        __builtin_prefetch(texts_.utf8 + texts_.offsets[other]);
    }
    for (const u32 other : candidates) __builtin_prefetch(recent_.of(other));
    for (std::size_t place = 0; place < candidates.size(); ++place) {
        const u32 other = candidates[place];
        if (best_only && other > equal) continue;
        const Pair* pair = known ? find(*known, other) : nullptr;
        if (pair) {
            scores_[place] = pair->similarity;
        } else {
            if (own == 0) {
                const std::span<const u64> values = read(row);
                own = mine_.fill(values), distinct_[static_cast<std::size_t>(row)] = static_cast<u32>(own);
                recent_.note(static_cast<u32>(row), values);
            }
            const i64 size = shingles_in(counts_[other], texts_.ngram_size);
            if (!is_unlike(own, size, distinct_[other])) scores_[place] = similarity(own, other, size);
            if (known) known->push_back({other, scores_[place]});
        }
        if (scores_[place] == 1.0) equal = std::min(equal, other);
    }
    return scores_;
}

// Tells by the filter of a candidate whether it lacks too many shingles of the row.
bool Verifier::cannot_contain(std::span<const u64> filter) const {
    const std::span<const u64> members = mine_.members();
    const auto whole = static_cast<double>(members.size());
    std::size_t absent = 0;
    for (const u64 value : members)
        if (!(filter[value & (filter.size() - 1)] & Recent::bit_of(value)) &&
            static_cast<double>(members.size() - ++absent) / whole < threshold_)
            return true;
    return false;
}

double Verifier::similarity(i64 own, u32 other, i64 size) {
    const double whole = static_cast<double>(own);
    const u64* known = recent_.of(other);
    std::span<const u64> values;
    if (known) {
        const std::size_t words = Recent::words_of(static_cast<std::size_t>(size));
        if (contained_ && cannot_contain({known, words})) return 0.0;
        values = {known + words, static_cast<std::size_t>(size)};
    }
    bool is_kept = contained_ && library_.has(other);
    if (!known && !is_kept) {
        values = read(other);
        is_kept = contained_ && library_.belongs(other, size, own);
        if (is_kept)
            library_.add(other, values);
        else
            recent_.note(other, values);
    }
    if (is_kept)
        return static_cast<double>(library_.shared(other, mine_.members(), threshold_ * whole)) / whole;
    const i64 shared = mine_.count_shared(values);
    if (contained_) return static_cast<double>(shared) / whole;
    if (distinct_[other] == 0) distinct_[other] = static_cast<u32>(theirs_.fill(values));
    return static_cast<double>(shared) / static_cast<double>(own + distinct_[other] - shared);
}
}  // namespace dedup
