// Repeated runs of the rows of a text, where the first copy stays: runs.find_runs.
#pragma once
#include <span>
#include <vector>

#include "arrays.hpp"
#include "block_matcher.hpp"

namespace dedup {
// The constants of runs and run_finder.
struct RunRule {
    explicit RunRule(const nb::object& rule);
    i64 least;  // the fewest words of a row that is removed alone, up to a million
    i64 nearest, reach, twice, far, whole_rows, whole_tenths, often, often_part;
    double changed_copy;
};

// The rows of a text.
struct RunRows {
    std::span<const i64> groups;  // (n,): rows with the same number, one of these rows, repeat each other
    std::span<const i64> words;   // (n,)
    Sets sets;
};

// Finds the rows of runs that are long enough to be removed.
class RunFinder {
   public:
    RunFinder(const RunRows& rows, const RunRule& rule);
    // Sets removed (n,) for them; returns how many there are.
    i64 mark(std::span<u8> removed);

   private:
    // Rows are numbered among those that are left, neighbours of each other.
    struct Stretch {
        i64 copy, original, length;
        i64 stop() const { return copy + length; }
    };
    struct Range {
        i64 start, stop;
    };

    i64 group_of(i64 row) const { return rows_.groups[numbers_[row]]; }
    i64 count() const { return static_cast<i64>(numbers_.size()); }
    bool repeats(i64 row, i64 distance) const;
    void look_at_rows();
    bool sweep();
    bool take_looping();
    Range walk(i64 row, i64 distance);
    Stretch longest(i64 row, i64 floor);
    bool counts(const Stretch& run);
    bool is_beside_changed_copy(const Stretch& run) const;
    bool is_changed_copy(i64 one, i64 other) const;
    void take_continued(const Stretch& run, i64 step);

    const RunRows& rows_;
    const RunRule& rule_;
    std::vector<i64> numbers_;   // of the rows that are left, among all
    std::vector<i64> before_;    // of each, the last row before it in its group, -1 where it is the first
    std::vector<Range> walked_;  // the last run on the diagonal of a distance
    std::vector<u8> taken_;      // whether it belongs to a run
    std::vector<i64> members_;   // rows of a group, by its number,
    std::vector<i64> latest_;    // and the last one so far
    std::vector<i64> stamps_;    // the last run in which a group was met,
    std::vector<i64> largest_;   // and the most words of a row of it there
    i64 stamp_ = 0;
    std::vector<Stretch> runs_;
};
}  // namespace dedup
