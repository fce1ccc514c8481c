// Every row against the kept rows, and all pairs of similar rows: keep_first.match and near_duplicates.pairs_of.
#include <chrono>

#include "bindings.hpp"
#include "keep_first.hpp"
#include "meeting.hpp"
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

class Matcher {
   public:
    // `tables` are arrays of zeros, or of -1 for what begins with them. A key takes no more than `full` rows.
    Matcher(const TextsHolder& texts, const nb::object& sketches, const nb::object& tables, const nb::object& rule,
            double threshold, bool contained, i64 full, const MeetingBounds& bounds)
        : texts_(texts.texts()),
          sketches_(held_, sketches),
          postings_(held_.of<u64>(tables, "lists", static_cast<std::size_t>(sketches_.numbers)),
                    held_.of<u32>(tables, "pool")),
          meeting_(sketches_, postings_, bounds, held_.of<u32>(tables, "hits", size())),
          verifier_(texts_, checked_rows(texts), sketches_.counts,
                    {held_.of<u32>(tables, "distinct", size()), held_.of<u64>(tables, "ring", 1),
                     held_.of<u64>(tables, "slots"), held_.of<i64>(tables, "ring_starts", size()),
                     held_.of<i64>(tables, "library_starts", size())},
                    threshold, contained),
          threshold_(threshold),
          full_(static_cast<u64>(full)) {
        if (full < 1 || bounds.full < 1 || bounds.compared < 0 || bounds.listed < 1)
            throw nb::value_error("bounds: out of range");
        held_.keep(rule);
        if (!rule.is_none()) rule_ = make_pair_rule(nb::cast<const RuleHolder&>(rule), texts_);
    }

    // Matches rows until so many candidates were compared, or some time has passed; tells whether rows are left.
    bool match(const nb::object& arrays, i64 references, i64 most) {
        Held held;
        const Decisions found{held.of<i64>(arrays, "witness", size()), held.of<double>(arrays, "similarity", size()),
                              held.of<i64>(arrays, "numeric_variant", size()), held.of<i32>(arrays, "kept", size())};
        nb::gil_scoped_release release;
        return for_rows_in_order([&](i64 row) {
            compared_ = 0;
            keep_first(row, sketches_.leader[place(row)], row < references, threshold_, found, *this);
            most -= compared_;
            return most > 0;
        });
    }

    // Compares leaders with all before them until some time has passed; tells whether rows are left.
    bool compare() {
        nb::gil_scoped_release release;
        return for_rows_in_order([this](i64 row) {
            if (sketches_.leader[place(row)] == row) compare_leader(row);
            return true;
        });
    }

    // The pairs of leaders at the threshold: the left one comes later in order.
    nb::tuple pairs() const {
        return nb::make_tuple(array_of(left_), array_of(right_), array_of(similarity_), array_of(variants_));
    }

    // The candidate that the row whose turn it is repeats, if it is similar enough.
    Best best(i64 row) {
        const std::span<const u32> candidates = meeting_.of(turn_, row);
        compared_ = static_cast<i64>(candidates.size());
        if (candidates.empty()) return {row, 0.0};
        // Of a row that is looked up by all its keys the first candidate is the most similar one, as far as keys tell: if
        // it is as similar as that, and no numeric variant, no other matters.
        const bool by_all = sketches_.counts[place(row)] <= sketches_.whole;
        std::span<const u32> compared = by_all ? candidates.first(1) : candidates;
        bool best_only = true;
        while (true) {
            const Best best = most_similar(compared, verifier_.compare(row, compared, best_only), threshold_,
                                           [&](i64 other, double score) { return exempts(row, other, score); });
            // If the best one is exempt, those count that were not compared as they are no better.
            const bool is_exempt = best.variant >= 0;
            if (!(is_exempt && best_only)) {
                if (compared.size() == candidates.size()) return best;
                const double likely = static_cast<double>(meeting_.most_shared()) /
                                      static_cast<double>(sketches_.found[place(row)]);
                if (best.similarity >= std::max(threshold_, likely)) return best;
            }
            compared = candidates, best_only = !is_exempt && best_only;
        }
    }

    void insert(i64 row) {
        for (const u32 key : sketches_.entries.of(turn_)) postings_.enter(key, static_cast<u32>(row), full_);
    }

   private:
    static std::size_t place(i64 row) { return static_cast<std::size_t>(row); }
    std::size_t size() const { return static_cast<std::size_t>(sketches_.rows); }
    i64 checked_rows(const TextsHolder& texts) const {
        if (texts.rows() != sketches_.rows) throw nb::value_error("sketches: of other texts");
        return sketches_.rows;
    }
    bool exempts(i64 row, i64 witness, double similarity) { return rule_ && rule_->spares(row, witness, similarity); }

    // Takes rows that have tokens until a function returns false, or the time is over; tells whether rows are left.
    template <class Take>
    bool for_rows_in_order(Take take) {
        const TimeSlice slice;
        for (bool more = true; more && turn_ < sketches_.rows; ++turn_) {
            if (turn_ % AHEAD == 0) {
                if (slice.is_over()) return true;
                fetch();
            }
            const i64 row = sketches_.order[place(turn_)];
            if (sketches_.counts[place(row)] > 0) more = take(row);
        }
        return turn_ < sketches_.rows;
    }

    // Brings into the cache what the next rows look up.
    void fetch() const {
        for (i64 turn = turn_; turn < std::min(turn_ + AHEAD, sketches_.rows); ++turn) {
            postings_.fetch(sketches_.probes.of(turn)), postings_.fetch(sketches_.entries.of(turn));
            __builtin_prefetch(&sketches_.needed[place(sketches_.order[place(turn)])]);
        }
    }

    void compare_leader(i64 row) {
        const std::span<const u32> candidates = meeting_.of(turn_, row);
        if (!candidates.empty()) {
            const std::span<const double> scores = verifier_.compare(row, candidates, false);
            for (std::size_t at = 0; at < candidates.size(); ++at) {
                if (scores[at] < threshold_) continue;
                left_.push_back(row), right_.push_back(candidates[at]), similarity_.push_back(scores[at]);
                variants_.push_back(exempts(row, candidates[at], scores[at]));
            }
        }
        insert(row);
    }

    Held held_;
    Texts texts_;
    Sketches sketches_;
    Postings postings_;
    Meeting meeting_;
    Verifier verifier_;
    std::unique_ptr<PairRule> rule_;
    double threshold_;
    u64 full_;
    i64 turn_ = 0;
    i64 compared_ = 0;               // candidates of the row whose turn it is
    std::vector<i64> left_, right_;  // of pairs
    std::vector<double> similarity_;
    std::vector<u8> variants_;
};
}  // namespace

void bind_matching(nb::module_& m) {
    nb::class_<Matcher>(m, "Matcher")
        .def(
            "__init__",
            [](Matcher* made, const TextsHolder& texts, const nb::object& sketches, const nb::object& tables,
               const nb::object& rule, double threshold, bool contained, i64 full, i64 counted, i64 compared, i64 listed) {
                new (made) Matcher(texts, sketches, tables, rule, threshold, contained, full,
                                   MeetingBounds{counted, compared, listed});
            },
            nb::keep_alive<1, 2>(), nb::arg("texts"), nb::arg("sketches"), nb::arg("tables"), nb::arg("rule").none(),
            nb::arg("threshold"), nb::arg("contained"), nb::arg("full"), nb::arg("counted"), nb::arg("compared"),
            nb::arg("listed"))
        .def("match", &Matcher::match, nb::arg("found"), nb::arg("references"), nb::arg("most"))
        .def("compare", &Matcher::compare)
        .def("pairs", &Matcher::pairs);
}
}  // namespace dedup
