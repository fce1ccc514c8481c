// Matches every row with the kept rows, or finds all pairs of similar rows: the twin of keep_first.match and of
// near_duplicates.pairs_by_numpy in dedup/matching.
#include <atomic>
#include <chrono>

#include "candidates.hpp"
#include "judged_pairs.hpp"
#include "keep_first.hpp"
#include "numeric_variants.hpp"
#include "similarity.hpp"

namespace dedup {
namespace {
constexpr i64 PREFETCHED_ROWS = 64;  // before they are processed

// Limits the time of one call: Python handles signals between two calls.
class TimeSlice {
   public:
    bool is_over() const { return Clock::now() > end_; }

   private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point end_ = Clock::now() + std::chrono::milliseconds(20);
};

std::size_t place(i64 row) { return static_cast<std::size_t>(row); }

// Finds and compares the candidates of rows: one a thread.
struct RowComparer {
    RowComparer(HeldObjects& held, const nb::object& tables, const TextsHolder& holder, const SharedKeys& shared_keys,
                const PostingLists& postings, const MatchSettings& settings, const nb::object& pair_rule,
                const JudgedPairs& judged_pairs)
        : keys(shared_keys),
          judged(judged_pairs),
          threshold(settings.threshold),
          lookup(shared_keys, postings, settings,
                 held.hold_attribute<u32>(tables, "shared_counts", shared_keys.counts.size())),
          similarities(held, tables, holder, shared_keys.counts, settings.by_containment) {
        if (!pair_rule.is_none()) rule.emplace(nb::cast<const PairRuleSettings&>(pair_rule), holder);
    }

    // Tells whether the pair rule exempts a row. `compared` may be null.
    bool exempts(i64 row, i64 witness, double similarity, ComparedRows* compared) {
        if (!rule) return false;
        ComparedRow* found = compared ? find(*compared, witness) : nullptr;
        if (found && found->is_exempt >= 0) return found->is_exempt > 0;
        const bool is_exempt = rule->exempts(row, witness, similarity);
        if (found) found->is_exempt = is_exempt;
        return is_exempt;
    }

    // Returns the candidate that a row repeats, if it is similar enough or judged a copy. A kept row is a candidate
    // also if it was judged a copy, and none if it was judged to be no copy. Rows in `compared` are not compared
    // again. `kept_copy` is that of the decisions.
    BestCandidate best_candidate(i64 step, i64 row, ComparedRows* compared, std::span<const i32> kept_copy) {
        std::span<u32> candidates = lookup.find(step, row);
        candidate_count = static_cast<i64>(candidates.size());
        const auto partners = judged.of(keys.representative[place(row)]);
        if (partners.empty()) return best_found(row, candidates, compared);
        const auto is_judged = [&](u32 candidate) {
            return std::ranges::count(partners, keys.representative[candidate], &JudgedPartner::partner) > 0;
        };
        candidates = {candidates.begin(), std::remove_if(candidates.begin(), candidates.end(), is_judged)};
        const BestCandidate found = best_found(row, candidates, compared);
        const BestCandidate copy = best_judged(row, partners, kept_copy);
        const bool is_better = found.similarity > copy.similarity ||
                               (found.similarity == copy.similarity && found.row < copy.row);
        return copy.is_judged_copy && !(is_better && found.is_witness(threshold)) ? copy : found;
    }

    // Returns the most similar kept row that was judged a copy of the row.
    BestCandidate best_judged(i64 row, std::span<const JudgedPartner> partners, std::span<const i32> kept_copy) {
        std::vector<u32> kept;
        for (const auto& [partner, is_copy] : partners)
            if (is_copy && kept_copy[place(partner)] >= 0) kept.push_back(static_cast<u32>(kept_copy[place(partner)]));
        if (kept.empty()) return {row, 0.0};
        candidate_count += std::ssize(kept);
        const std::span<double> scores = similarities.compare(row, kept, 0.0, false, nullptr);
        BestCandidate best = most_similar<u32>(kept, scores, 0.0, [](i64, double) { return false; });
        best.is_judged_copy = true;
        return best;
    }

    // Returns the best of the candidates that the lookup found.
    BestCandidate best_found(i64 row, std::span<const u32> candidates, ComparedRows* compared) {
        if (candidates.empty()) return {row, 0.0};
        // After an exhaustive lookup the first candidate shares the most keys. If it is as similar as the keys promise,
        // and not exempt, no other candidate is better, since a measure is at most the containment of the row.
        std::span<const u32> tried = keys.is_exhaustive(row) ? candidates.first(1) : candidates;
        bool best_only = true;
        while (true) {
            const BestCandidate best = best_of(row, tried, best_only, compared);
            // If the best one is exempt, candidates that were skipped because they could not be better count after all.
            const bool is_exempt = best.variant >= 0;
            if (!(is_exempt && best_only)) {
                if (tried.size() == candidates.size()) return best;
                const double promised = static_cast<double>(lookup.most_shared()) /
                                        static_cast<double>(keys.sketch_sizes[place(row)]);
                if (best.similarity >= std::max(threshold, promised)) return best;
            }
            tried = candidates, best_only = !is_exempt && best_only;
        }
    }

    // Compares a row with its candidates, until it is similar to one: first with those kept before its block, then with
    // earlier rows of the block. `step_of` has the steps of the rows of the block.
    void compare_ahead(i64 step, i64 row, i64 first_step, std::span<const i32> step_of, ComparedRows& compared) {
        const auto step_at = [=](u32 candidate) { return step_of[candidate]; };
        std::span<u32> candidates = lookup.find(step, row);
        const auto later = std::ranges::partition(candidates, [=](i32 at) { return at < step; }, step_at).begin();
        const auto in_block =
            std::partition(candidates.begin(), later, [=](u32 candidate) { return step_at(candidate) < first_step; });
        std::ranges::sort(in_block, later, {}, step_at);
        candidate_count = later - candidates.begin();
        for (const auto end : {in_block, std::min(in_block + 1, later), later})
            if (best_of(row, {candidates.begin(), end}, true, &compared).similarity >= threshold) return;
    }

    BestCandidate best_of(i64 row, std::span<const u32> candidates, bool best_only, ComparedRows* compared) {
        if (candidates.empty()) return {row, 0.0};
        const std::span<double> scores = similarities.compare(row, candidates, threshold, best_only, compared);
        return most_similar(candidates, scores, threshold,
                            [&](i64 candidate, double score) { return exempts(row, candidate, score, compared); });
    }

    const SharedKeys& keys;
    const JudgedPairs& judged;
    double threshold;
    CandidateLookup lookup;
    Similarities similarities;
    std::optional<PairRule> rule;
    i64 candidate_count = 0;  // of the last row
};

class Matcher {
   public:
    // `tables` are arrays of zeros, or of -1 for those whose names end in "starts".
    Matcher(const TextsHolder& texts, const nb::object& keys, const nb::object& tables, const nb::object& settings,
            const nb::object& pair_rule, const nb::object& judged_pairs)
        : texts_(texts.layout()),
          keys_(held_, keys),
          judged_(judged_pairs, keys_.rows),
          settings_{settings},
          postings_(held_.hold_attribute<u64>(tables, "posting_lists", place(keys_.key_count)),
                    held_.hold_attribute<u32>(tables, "posting_pool"), constant<i64>(tables, "list_capacity")) {
        if (settings_.max_postings < 1 || settings_.max_candidates < 0 || settings_.max_exhaustive_postings < 1)
            throw nb::value_error("settings: out of range");
        if (texts.rows() != keys_.rows) throw nb::value_error("keys: of other texts");
        held_.keep(pair_rule);
        for (const nb::handle thread : tables.attr("threads"))
            comparers_.push_back(std::make_unique<RowComparer>(held_, nb::borrow(thread), texts, keys_, postings_,
                                                               settings_, pair_rule, judged_));
        if (comparers_.empty()) throw nb::value_error("threads: none");
        next_ = end_ = keys_.rows;
    }

    // Begins a block of at most `max_rows` rows, for `compare_ahead`; tells whether there are any. The rows are
    // inserted tentatively, so that they are candidates of each other.
    bool begin_block(i64 max_rows) {
        first_ = step_, end_ = std::min(step_ + max_rows, keys_.rows), next_ = first_;
        keys_.check(first_, end_);
        compared_.assign(place(end_ - first_), {}), step_of_.resize(size());
        for (i64 step = first_; step < end_; ++step) {
            if (step % PREFETCHED_ROWS == 0) fetch(step, std::min(step + PREFETCHED_ROWS, end_));
            const i64 row = keys_.order[place(step)];
            step_of_[place(row)] = static_cast<i32>(step);
            if (keys_.representative[place(row)] != row) continue;
            for (const u32 key : keys_.posting_keys.at(step)) postings_.insert_tentatively(key, static_cast<u32>(row));
        }
        return first_ < end_;
    }

    // Compares rows of the block with their candidates, as if all rows before them were kept, for one time slice. Tells
    // whether there are more rows. Each thread calls it with its own number.
    bool compare_ahead(const nb::object& arrays, i64 reference_count, i64 thread) {
        if (thread < 0 || thread >= static_cast<i64>(comparers_.size())) throw nb::index_error("thread: out of range");
        HeldObjects held;
        const std::span<const i64> witness = held.hold_attribute<const i64>(arrays, "witness", size());
        const std::span<const i32> kept_copy = held.hold_attribute<const i32>(arrays, "kept_copy", size());
        nb::gil_scoped_release release;
        RowComparer& comparer = *comparers_[place(thread)];
        for (const TimeSlice slice; !slice.is_over();) {
            const i64 begin = next_.fetch_add(PREFETCHED_ROWS), end = std::min(begin + PREFETCHED_ROWS, end_);
            if (begin >= end) return false;
            fetch(begin, end);
            for (i64 step = begin; step < end; ++step) {
                const i64 row = keys_.order[place(step)], first = keys_.representative[place(row)];
                // An exact copy of a kept row needs no candidates, and an exact copy of a row of the block may become
                // one.
                const bool is_copy = kept_copy[place(first)] >= 0 || (first != row && witness[place(first)] == first);
                if (is_copy || row < reference_count || keys_.counts[place(row)] == 0) continue;
                comparer.compare_ahead(step, row, first_, step_of_, compared_[place(step - first_)]);
                if (comparer.candidate_count > 0 && slice.is_over()) return true;  // `match` compares the other rows
            }
        }
        return true;
    }

    // Decides rows in processing order: those of the block, or all. Stops after `max_work` rows and comparisons or
    // one time slice; tells whether there are more rows.
    bool match(const nb::object& arrays, i64 reference_count, i64 max_work) {
        HeldObjects held;
        const Decisions decisions{held.hold_attribute<i64>(arrays, "witness", size()),
                                  held.hold_attribute<double>(arrays, "similarity", size()),
                                  held.hold_attribute<i64>(arrays, "numeric_variant", size()),
                                  held.hold_attribute<i32>(arrays, "kept_copy", size())};
        kept_copy_ = decisions.kept_copy;
        nb::gil_scoped_release release;
        postings_.roll_back();
        return for_rows_in_order([&](i64 row) {
            const i64 representative = keys_.representative[place(row)];
            keep_first(row, representative, row < reference_count, settings_.threshold, decisions, *this);
            max_work -= 1 + comparer().candidate_count;
            return max_work > 0;
        });
    }

    // The number of rows that were decided, or compared with all before them.
    i64 decided() const { return step_; }

    // Compares each representative with all before it, for one time slice; tells whether there are more rows.
    bool compare_pairs() {
        nb::gil_scoped_release release;
        return for_rows_in_order([this](i64 row) {
            if (keys_.representative[place(row)] != row) return true;
            const std::span<const u32> candidates = comparer().lookup.find(step_, row);
            comparer().candidate_count = static_cast<i64>(candidates.size());
            const std::span<const double> scores =
                comparer().similarities.compare(row, candidates, settings_.threshold, false, nullptr);
            for (std::size_t at = 0; at < candidates.size(); ++at) {
                if (scores[at] < settings_.threshold) continue;
                left_.push_back(row), right_.push_back(candidates[at]), similarity_.push_back(scores[at]);
                is_variant_.push_back(comparer().exempts(row, candidates[at], scores[at], nullptr));
            }
            insert(row);
            return true;
        });
    }

    // The pairs of representatives at the threshold: `left` comes later in processing order.
    auto pairs() const { return std::tie(left_, right_, similarity_, is_variant_); }

    // For `keep_first`: the candidate that the current row repeats, if it is similar enough.
    BestCandidate best_candidate(i64 row) {
        ComparedRows* compared = compared_.empty() ? nullptr : &compared_[place(step_ - first_)];
        return comparer().best_candidate(step_, row, compared, kept_copy_);
    }

    // For `keep_first`: adds the current row to the kept ones.
    void insert(i64 row) {
        for (const u32 key : keys_.posting_keys.at(step_)) postings_.insert(key, static_cast<u32>(row));
    }

   private:
    std::size_t size() const { return place(keys_.rows); }
    RowComparer& comparer() { return *comparers_[0]; }  // of the rows that are decided

    // Calls a function with the next rows that have tokens, until it returns false or the time slice is over. Tells
    // whether there are more rows.
    template <class Take>
    bool for_rows_in_order(Take take) {
        const TimeSlice slice;
        for (bool more = true; more && step_ < end_; ++step_) {
            // Comparing large candidates takes milliseconds each.
            if ((step_ % PREFETCHED_ROWS == 0 || comparer().candidate_count > 0) && slice.is_over()) return true;
            if (step_ % PREFETCHED_ROWS == 0) {
                const i64 end = std::min(step_ + PREFETCHED_ROWS, end_);
                keys_.check(step_, end), fetch(step_, end);
            }
            comparer().candidate_count = 0;
            const i64 row = keys_.order[place(step_)];
            if (keys_.counts[place(row)] > 0) more = take(row);
        }
        return step_ < end_;
    }

    // Prefetches what the next rows look up.
    void fetch(i64 first, i64 last) const {
        for (i64 step = first; step < last; ++step) {
            postings_.fetch(keys_.query_keys.at(step)), postings_.fetch(keys_.posting_keys.at(step));
            const std::size_t row = place(keys_.order[place(step)]);
            for (const std::span<const i64>& column :
                 {keys_.counts, keys_.representative, keys_.min_shared, keys_.sketch_sizes})
                __builtin_prefetch(&column[row]);
            __builtin_prefetch(&texts_.offsets[row]);
        }
    }

    HeldObjects held_;
    Texts texts_;
    SharedKeys keys_;
    JudgedPairs judged_;
    MatchSettings settings_;
    PostingLists postings_;
    std::vector<std::unique_ptr<RowComparer>> comparers_;
    i64 step_ = 0;                        // of the next row to decide
    i64 first_ = 0, end_ = 0;             // the steps of the block; without blocks, of all rows
    std::atomic<i64> next_ = 0;           // the next step of the block to compare ahead
    std::vector<ComparedRows> compared_;  // by step of the block: the rows compared ahead; empty without blocks
    std::vector<i32> step_of_;            // (n,): of the rows of the blocks so far
    std::span<const i32> kept_copy_;      // (n,): of the decisions of this call of `match`
    std::vector<i64> left_, right_;       // of pairs
    std::vector<double> similarity_;
    std::vector<u8> is_variant_;
};
}  // namespace

void bind_matcher(nb::module_& m) {
    nb::class_<Matcher>(m, "Matcher")
        .def(nb::init<const TextsHolder&, nb::object, nb::object, nb::object, nb::object, nb::object>(),
             nb::keep_alive<1, 2>(), "texts"_a, "keys"_a, "tables"_a, "settings"_a, "pair_rule"_a.none(),
             "judged_pairs"_a.none())
        .def("match", &Matcher::match, "decisions"_a, "reference_count"_a, "max_work"_a)
        .def("begin_block", &Matcher::begin_block, "max_rows"_a)
        .def("compare_ahead", &Matcher::compare_ahead, "decisions"_a, "reference_count"_a, "thread"_a)
        .def_prop_ro("decided", &Matcher::decided)
        .def("compare_pairs", &Matcher::compare_pairs)
        .def("pairs", &Matcher::pairs);
}
}  // namespace dedup
