// Runs of repeated rows, sought along diagonals: runs.find_runs and run_finder.Finder.
#include "runs.hpp"

#include <cstdlib>
#include <numeric>

#include "bindings.hpp"
#include "constants.hpp"

namespace dedup {
namespace {
i64 cube(i64 value) { return value * value * value; }
}  // namespace

RunRule::RunRule(const nb::object& rule)
    : least(constant<i64>(rule, "least")),
      nearest(constant<i64>(rule, "nearest")),
      reach(constant<i64>(rule, "reach")),
      twice(constant<i64>(rule, "twice")),
      far(constant<i64>(rule, "far")),
      whole_rows(constant<i64>(rule, "whole_rows")),
      whole_tenths(constant<i64>(rule, "whole_tenths")),
      often(constant<i64>(rule, "often")),
      often_part(constant<i64>(rule, "often_part")),
      changed_copy(constant<double>(rule, "changed_copy")) {}

RunFinder::RunFinder(const RunRows& rows, const RunRule& rule)
    : rows_(rows),
      rule_(rule),
      numbers_(rows.groups.size()),
      members_(rows.groups.size()),
      latest_(rows.groups.size()),
      stamps_(rows.groups.size()),
      largest_(rows.groups.size()) {
    std::iota(numbers_.begin(), numbers_.end(), 0);
}

i64 RunFinder::mark(std::span<u8> removed) {
    i64 total = 0;
    while (true) {
        look_at_rows();
        if (!sweep() && !take_looping()) return total;
        std::size_t left = 0;
        for (i64 row = 0; row < count(); ++row) {
            if (taken_[row] == 0)
                numbers_[left++] = numbers_[row];
            else
                removed[numbers_[row]] = 1, ++total;
        }
        numbers_.resize(left);
    }
}

void RunFinder::look_at_rows() {
    std::fill(members_.begin(), members_.end(), 0);
    std::fill(latest_.begin(), latest_.end(), -1);
    before_.resize(numbers_.size());
    walked_.assign(numbers_.size(), {0, 0});
    taken_.assign(numbers_.size(), 0);
    for (i64 row = 0; row < count(); ++row) {
        const i64 group = group_of(row);
        before_[row] = latest_[group];
        latest_[group] = row;
        ++members_[group];
    }
}

bool RunFinder::sweep() {
    runs_.clear();
    i64 reached = 0;
    Range refused{0, 0};
    for (i64 row = 0; row < count(); ++row) {
        if (before_[row] < 0 || row < reached) continue;
        const Stretch run = longest(row, reached);
        // A part of a run that was too short is taken for too short as well.
        if (run.copy >= refused.start && run.stop() <= refused.stop) continue;
        if (counts(run))
            runs_.push_back(run), reached = run.stop();
        else
            refused = {run.copy, run.stop()};
    }
    for (const Stretch& run : runs_) std::fill_n(taken_.begin() + run.copy, run.length, u8{1});
    for (const Stretch& run : runs_) {
        take_continued(run, 1);
        take_continued(run, -1);
    }
    return !runs_.empty();
}

// Takes the copies of rows that stand more often than a refrain.
bool RunFinder::take_looping() {
    bool found = false;
    for (i64 row = 0; row < count(); ++row) {
        const bool is_often = members_[group_of(row)] >= rule_.often && before_[row] >= 0;
        if (!is_often || rule_.often_part * rows_.words[numbers_[row]] < rule_.least) continue;
        taken_[row] = 1;
        found = true;
    }
    return found;
}

RunFinder::Stretch RunFinder::longest(i64 row, i64 floor) {
    Stretch best{row, row, 0};
    i64 other = before_[row];
    for (i64 tried = 0; other >= 0 && tried < rule_.nearest; ++tried, other = before_[other]) {
        const i64 distance = row - other;
        const Range run = walk(row, distance);
        const i64 start = std::max(run.start, floor);
        // Of runs as long, the one with the first original.
        if (run.stop - start >= best.length) best = {start, start - distance, run.stop - start};
    }
    return best;
}

RunFinder::Range RunFinder::walk(i64 row, i64 distance) {
    Range& known = walked_[distance];
    if (row < known.start || row >= known.stop) {
        known = {row, row + 1};
        while (repeats(known.start - 1, distance)) --known.start;
        while (repeats(known.stop, distance)) ++known.stop;
    }
    return known;
}

bool RunFinder::repeats(i64 row, i64 distance) const {
    return row >= distance && row < count() && group_of(row) == group_of(row - distance);
}

// Tells whether a run is more than natural repetition.
bool RunFinder::counts(const Stretch& run) {
    const bool is_lone = run.length == 1 && members_[group_of(run.copy)] == rule_.twice;
    if (is_lone && run.copy - run.original >= rule_.far) return is_beside_changed_copy(run);
    i64 different = 0, weight = 0;
    bool once = true;
    ++stamp_;
    for (i64 row = run.copy; row < run.stop(); ++row) {
        const i64 group = group_of(row), words = std::min(rows_.words[numbers_[row]], rule_.least);
        i64& largest = largest_[group];
        if (stamps_[group] != stamp_) {
            stamps_[group] = stamp_, largest = 0;
            ++different;
            once = once && members_[group] == 2;
        }
        if (words > largest) {
            weight += cube(words) - cube(largest);
            largest = words;
        }
        if (weight >= cube(rule_.least)) return true;
    }
    const bool is_apart = run.copy - run.original >= run.length;
    if (is_apart && different >= rule_.whole_rows && 10 * run.length >= rule_.whole_tenths * count()) return true;
    return once && is_beside_changed_copy(run);
}

bool RunFinder::is_beside_changed_copy(const Stretch& run) const {
    const i64 distance = run.copy - run.original;
    const i64 last = std::min(run.stop() + rule_.reach, count());
    for (i64 row = std::max(run.copy - rule_.reach, distance); row < last; ++row) {
        if (row >= run.copy && row < run.stop()) continue;
        const i64 one = numbers_[row], other = numbers_[row - distance];
        if (std::min(rows_.words[one], rows_.words[other]) >= rule_.least && is_changed_copy(one, other)) return true;
    }
    return false;
}

bool RunFinder::is_changed_copy(i64 one, i64 other) const {
    const Sets& sets = rows_.sets;
    const i64 *place = sets.offsets.data() + one, *at = sets.offsets.data() + other;
    const u64 *own = sets.values.data() + place[0], *own_end = sets.values.data() + place[1];
    const u64 *others = sets.values.data() + at[0], *others_end = sets.values.data() + at[1];
    const i64 smaller = std::max(std::min(own_end - own, others_end - others), std::ptrdiff_t{1});
    i64 shared = 0;
    while (own < own_end && others < others_end) {
        const u64 value = *own, theirs = *others;
        shared += value == theirs;
        own += value <= theirs, others += theirs <= value;
    }
    return static_cast<double>(shared) / static_cast<double>(smaller) >= rule_.changed_copy;
}

// Takes the rows that continue the copy of a run onwards (1) or backwards (-1).
void RunFinder::take_continued(const Stretch& run, i64 step) {
    const i64 distance = run.copy - run.original;
    i64 end = step > 0 ? run.stop() - 1 : run.copy;
    for (i64 row = end + step; std::abs(row - end) <= rule_.reach; row += step) {
        const i64 begin = row;
        while (repeats(row, distance) && taken_[row] == 0) {
            if (run.length == 1 && members_[group_of(row)] > rule_.twice) break;
            taken_[row] = 1;
            row += step;
        }
        if (row != begin) end = row - step;
    }
}

namespace {
// Returns which rows are removed.
Result<bool> mark_runs(const Array<i64>& groups, const Array<i64>& words, const Array<u64>& shingles,
                       const Array<i64>& offsets, const nb::object& constants) {
    const i64 rows = check_offsets(offsets, shingles.shape(0));
    const auto count = static_cast<std::size_t>(rows);
    if (groups.shape(0) != count || words.shape(0) != count) throw nb::value_error("groups, words: not of each row");
    check_numbers(groups, rows, "groups");
    const RunRule rule(constants);
    Room<bool> found(count);
    {
        nb::gil_scoped_release release;
        const Sets sets{{shingles.data(), shingles.shape(0)}, {offsets.data(), offsets.shape(0)}};
        const RunRows given{{groups.data(), count}, {words.data(), count}, sets};
        std::vector<u8> removed(count);
        RunFinder(given, rule).mark(removed);
        std::copy(removed.begin(), removed.end(), found.data());
    }
    return found.array(count);
}
}  // namespace

void bind_runs(nb::module_& m) {
    m.def("mark_runs", &mark_runs, nb::arg("groups"), nb::arg("words"), nb::arg("shingles"), nb::arg("offsets"),
          nb::arg("rule"));
}
}  // namespace dedup
