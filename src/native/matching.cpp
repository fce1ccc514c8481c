// Every row against the kept rows, and all pairs of similar rows: keep_first.match and near_duplicates.pairs_of.
#include <atomic>
#include <chrono>

#include "candidates.hpp"
#include "keep_first.hpp"
#include "numeric_variants.hpp"
#include "verifying.hpp"

namespace dedup {
namespace {
constexpr i64 AHEAD = 64;  // rows that are fetched before they are taken

// How long one call may take: Python handles signals between two calls.
class TimeSlice {
   public:
    bool is_over() const { return Clock::now() > end_; }

   private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point end_ = Clock::now() + std::chrono::milliseconds(20);
};

std::size_t place(i64 row) { return static_cast<std::size_t>(row); }

// What rows are looked up with among the kept ones: one a thread.
struct Lookup {
    Lookup(Held& held, const nb::object& tables, const TextsHolder& holder, const Sketches& all,
           const Postings& postings, const Limits& limits, const nb::object& pair_rule)
        : texts(holder),
          sketches(all),
          threshold(limits.threshold),
          finder(all, postings, limits, held.of<u32>(tables, "hits", all.counts.size())),
          verifier(held, tables, holder, all.counts, limits.threshold, limits.contained) {
        if (!pair_rule.is_none()) rule.emplace(nb::cast<const RuleHolder&>(pair_rule), holder.texts());
    }

    bool exempts(i64 row, i64 witness, double similarity, Compared* known) {
        if (!rule) return false;
        Pair* pair = known ? find(*known, witness) : nullptr;
        if (pair && pair->is_exempt >= 0) return pair->is_exempt > 0;
        texts.ask(row), texts.ask(witness);
        const bool is_exempt = rule->spares(row, witness, similarity);
        if (pair) pair->is_exempt = is_exempt;
        return is_exempt;
    }

    // The candidate that a row repeats, if it is similar enough. What was compared before is not compared again.
    Best best(i64 turn, i64 row, Compared* known) {
        const std::span<const u32> candidates = finder.find(turn, row);
        compared = static_cast<i64>(candidates.size());
        if (candidates.empty()) return {row, 0.0};
        // Of a row that is looked up by all its keys the first candidate is the most similar one, as far as keys tell: if it
        // is as similar as that, and no numeric variant, no other matters.
        const bool by_all = sketches.counts[place(row)] <= sketches.whole;
        std::span<const u32> tried = by_all ? candidates.first(1) : candidates;
        bool best_only = true;
        while (true) {
            const Best best = best_of(row, tried, best_only, known);
            // If the best one is exempt, those count that were not compared as they are no better.
            const bool is_exempt = best.variant >= 0;
            if (!(is_exempt && best_only)) {
                if (tried.size() == candidates.size()) return best;
                const double likely = static_cast<double>(finder.most_shared()) /
                                      static_cast<double>(sketches.found[place(row)]);
                if (best.similarity >= std::max(threshold, likely)) return best;
            }
            tried = candidates, best_only = !is_exempt && best_only;
        }
    }

    // Compares a row with its candidates, those kept before its block first, until it is similar to one. `turn_of` tells when
    // the rows of the block are taken.
    void compare_ahead(i64 turn, i64 row, i64 block, std::span<const i32> turn_of, Compared& known) {
        const auto taken = [=](u32 other) { return turn_of[other]; };
        std::span<u32> rest = finder.find(turn, row);
        const auto later = std::ranges::partition(rest, [=](i32 other) { return other < turn; }, taken).begin();
        const auto in_block = std::partition(rest.begin(), later, [=](u32 other) { return taken(other) < block; });
        std::ranges::sort(in_block, later, {}, taken);
        compared = later - rest.begin();
        for (const auto end : {in_block, std::min(in_block + 1, later), later})
            if (best_of(row, {rest.begin(), end}, true, &known).similarity >= threshold) return;
    }

    Best best_of(i64 row, std::span<const u32> candidates, bool best_only, Compared* known) {
        if (candidates.empty()) return {row, 0.0};
        return most_similar(candidates, verifier.compare(row, candidates, best_only, known), threshold,
                            [&](i64 other, double score) { return exempts(row, other, score, known); });
    }

    const TextsHolder& texts;
    const Sketches& sketches;
    double threshold;
    CandidateLookup finder;
    Verifier verifier;
    std::optional<PairRule> rule;
    i64 compared = 0;  // candidates of the last row
};

class Matcher {
   public:
    // `tables` are arrays of zeros, or of -1 for what begins with them.
    Matcher(const TextsHolder& texts, const nb::object& sketches, const nb::object& tables, const nb::object& limits,
            const nb::object& rule)
        : texts_(texts.texts()),
          sketches_(held_, sketches),
          limits_{limits},
          postings_(held_.of<u64>(tables, "lists", place(sketches_.numbers)), held_.of<u32>(tables, "pool"),
                    constant<i64>(tables, "full")) {
        if (limits_.full < 1 || limits_.compared < 0 || limits_.listed < 1)
            throw nb::value_error("limits: out of range");
        if (texts.rows() != sketches_.rows) throw nb::value_error("sketches: of other texts");
        held_.keep(rule);
        for (const nb::handle own : tables.attr("lookups"))
            lookups_.push_back(
                std::make_unique<Lookup>(held_, nb::borrow(own), texts, sketches_, postings_, limits_, rule));
        if (lookups_.empty()) throw nb::value_error("lookups: none");
        next_ = end_ = sketches_.rows;
    }

    // Begins a block of so many rows, some of which `compare_ahead` compares; tells whether any are left. They are entered
    // on trial, so that they are compared with each other, too.
    bool begin(i64 most) {
        first_ = turn_, end_ = std::min(turn_ + most, sketches_.rows), next_ = first_;
        compared_.assign(place(end_ - first_), {}), turn_of_.resize(size());
        for (i64 turn = first_; turn < end_; ++turn) {
            if (turn % AHEAD == 0) fetch(turn, std::min(turn + AHEAD, end_));
            const i64 row = sketches_.order[place(turn)];
            turn_of_[place(row)] = static_cast<i32>(turn);
            if (sketches_.leader[place(row)] != row) continue;
            for (const u32 key : sketches_.entries.of(turn)) postings_.enter_on_trial(key, static_cast<u32>(row));
        }
        return first_ < end_;
    }

    // Compares rows of the block until some time has passed; tells whether any are left. Each thread has its own lookup.
    bool compare_ahead(const nb::object& arrays, i64 references, i64 number) {
        if (number < 0 || number >= static_cast<i64>(lookups_.size())) throw nb::index_error("number: no lookup");
        Held held;
        const std::span<const i64> witness = held.of<const i64>(arrays, "witness", size());
        const std::span<const i32> kept = held.of<const i32>(arrays, "kept", size());
        nb::gil_scoped_release release;
        Lookup& lookup = *lookups_[place(number)];
        for (const TimeSlice slice; !slice.is_over();) {
            const i64 begin = next_.fetch_add(AHEAD), end = std::min(begin + AHEAD, end_);
            if (begin >= end) return false;
            fetch(begin, end);
            for (i64 turn = begin; turn < end; ++turn) {
                const i64 row = sketches_.order[place(turn)], leader = sketches_.leader[place(row)];
                // An exact copy of a kept row is not looked up, and a copy of a row of the block may become one.
                const bool is_copy = kept[place(leader)] >= 0 || (leader != row && witness[place(leader)] == leader);
                if (is_copy || row < references || sketches_.counts[place(row)] == 0) continue;
                lookup.compare_ahead(turn, row, first_, turn_of_, compared_[place(turn - first_)]);
                if (lookup.compared > 0 && slice.is_over()) return true;  // the others are compared in their turn
            }
        }
        return true;
    }

    // Matches rows of the block, or all, until so many candidates are compared or the time is over; tells whether any are left.
    bool match(const nb::object& arrays, i64 references, i64 most) {
        Held held;
        const Decisions found{held.of<i64>(arrays, "witness", size()), held.of<double>(arrays, "similarity", size()),
                              held.of<i64>(arrays, "numeric_variant", size()), held.of<i32>(arrays, "kept", size())};
        nb::gil_scoped_release release;
        postings_.end_trial();
        return for_rows_in_order([&](i64 row) {
            keep_first(row, sketches_.leader[place(row)], row < references, limits_.threshold, found, *this);
            most -= lookup().compared;
            return most > 0;
        });
    }

    // Compares leaders with all before them until some time has passed; tells whether rows are left.
    bool compare() {
        nb::gil_scoped_release release;
        return for_rows_in_order([this](i64 row) {
            if (sketches_.leader[place(row)] != row) return true;
            const std::span<const u32> candidates = lookup().finder.find(turn_, row);
            lookup().compared = static_cast<i64>(candidates.size());
            const std::span<const double> scores = lookup().verifier.compare(row, candidates, false, nullptr);
            for (std::size_t at = 0; at < candidates.size(); ++at) {
                if (scores[at] < limits_.threshold) continue;
                left_.push_back(row), right_.push_back(candidates[at]), similarity_.push_back(scores[at]);
                variants_.push_back(lookup().exempts(row, candidates[at], scores[at], nullptr));
            }
            insert(row);
            return true;
        });
    }

    // The pairs of leaders at the threshold: the left one comes later in order.
    auto pairs() const { return std::tie(left_, right_, similarity_, variants_); }

    // The candidate that the row whose turn it is repeats, if it is similar enough.
    Best best(i64 row) {
        return lookup().best(turn_, row, compared_.empty() ? nullptr : &compared_[place(turn_ - first_)]);
    }

    void insert(i64 row) {
        for (const u32 key : sketches_.entries.of(turn_)) postings_.enter(key, static_cast<u32>(row));
    }

   private:
    std::size_t size() const { return place(sketches_.rows); }
    Lookup& lookup() { return *lookups_[0]; }  // of the rows in their turn

    // Takes rows that have tokens until a function returns false, or the time is over; tells whether rows are left.
    template <class Take>
    bool for_rows_in_order(Take take) {
        const TimeSlice slice;
        for (bool more = true; more && turn_ < end_; ++turn_) {
            // Large candidates take milliseconds each.
            if ((turn_ % AHEAD == 0 || lookup().compared > 0) && slice.is_over()) return true;
            if (turn_ % AHEAD == 0) fetch(turn_, std::min(turn_ + AHEAD, end_));
            lookup().compared = 0;
            const i64 row = sketches_.order[place(turn_)];
            if (sketches_.counts[place(row)] > 0) more = take(row);
        }
        return turn_ < end_;
    }

    // Brings into the cache what the next rows look up.
    void fetch(i64 first, i64 last) const {
        for (i64 turn = first; turn < last; ++turn) {
            postings_.fetch(sketches_.probes.of(turn)), postings_.fetch(sketches_.entries.of(turn));
            const std::size_t row = place(sketches_.order[place(turn)]);
            for (const std::span<const i64>& column : {sketches_.counts, sketches_.leader, sketches_.needed, sketches_.found})
                __builtin_prefetch(&column[row]);
            __builtin_prefetch(&texts_.offsets[row]);
        }
    }

    Held held_;
    Texts texts_;
    Sketches sketches_;
    Limits limits_;
    Postings postings_;
    std::vector<std::unique_ptr<Lookup>> lookups_;
    i64 turn_ = 0;
    i64 first_ = 0, end_ = 0;         // the block, at first all rows
    std::atomic<i64> next_ = 0;       // of its rows, to be compared ahead of their turn
    std::vector<Compared> compared_;  // what its rows were compared with; empty without blocks
    std::vector<i32> turn_of_;        // each of them
    std::vector<i64> left_, right_;  // of pairs
    std::vector<double> similarity_;
    std::vector<u8> variants_;
};
}  // namespace

void bind_matching(nb::module_& m) {
    nb::class_<Matcher>(m, "Matcher")
        .def(nb::init<const TextsHolder&, nb::object, nb::object, nb::object, nb::object>(), nb::keep_alive<1, 2>(),
             "texts"_a, "sketches"_a, "tables"_a, "limits"_a, "rule"_a.none())
        .def("match", &Matcher::match, "found"_a, "references"_a, "most"_a)
        .def("begin", &Matcher::begin, "most"_a)
        .def("compare_ahead", &Matcher::compare_ahead, "found"_a, "references"_a, "number"_a)
        .def("compare", &Matcher::compare)
        .def("pairs", &Matcher::pairs);
}
}  // namespace dedup
