// Texts whose blocks are lines without those that they repeat: dedup.clean, for many at once.
//
// It is not known what clean does to a text that has too many blocks, some that repeat others but for their
// figures, or a lone one that goes: then clean is asked.
#include <cstring>
#include <numeric>
#include <optional>

#include "bindings.hpp"
#include "constants.hpp"
#include "layout.hpp"
#include "mixing.hpp"
#include "numeric_variants.hpp"
#include "runs.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
constexpr i64 UNKNOWN = -1;  // blocks that are removed from a text that is not cleaned here
constexpr i64 THIRDS = 3;    // of a word, in which tokens are weighed

// When a block is removed: constants of keep_first and reference, and settings.
struct BlockRule {
    explicit BlockRule(const nb::object& rule)
        : match{constant<double>(rule, "threshold"), constant<bool>(rule, "contained")},
          runs(rule),
          few(constant<i64>(rule, "few")),
          some(constant<i64>(rule, "some")),
          shared(constant<i64>(rule, "shared")),
          weight(constant<u8>(rule, "weight")),
          has_digit(constant<u8>(rule, "has_digit")),
          inside(constant<u8>(rule, "inside")) {}
    MatchRule match;
    RunRule runs;
    i64 few, some, shared;         // as in keep_first
    u8 weight, has_digit, inside;  // as in kernels.reference
};

// Cleans texts one after the other, in memory that is used again.
class Cleaner {
   public:
    // The blocks are rows of some texts.
    Cleaner(const Texts& blocks, i64 count, const BlockRule& rule, const RuleHolder& variants)
        : blocks_(blocks),
          rule_(rule),
          variants_(variants),
          pair_(make_pair_rule(variants, blocks)),
          workshop_(blocks, 0, count),
          piece_(workshop_.weighed_piece()) {}

    // Counts the blocks that are removed of a text whose blocks are those from first to stop, or UNKNOWN; calls
    // a function with the number of each.
    template <class Remove>
    i64 clean(i64 first, i64 stop, Remove remove) {
        read(first, stop);
        if (stop - first > rule_.few && !are_few()) return UNKNOWN;
        const std::size_t count = rows_.size();
        const Sets sets{shingles_, offsets_};
        find_leaders();
        order_.resize(count), witness_.resize(count);
        std::iota(order_.begin(), order_.end(), 0);
        std::iota(witness_.begin(), witness_.end(), 0);
        similarity_.assign(count, 0.0);
        matcher_.match(sets, order_, leader_, rule_.match, witness_, similarity_);
        if (witness_ == order_) return 0;
        if (variants_.settings().keeps && has_variant()) return UNKNOWN;
        count_words();
        gone_.assign(count, 0);
        const RunRows runs{witness_, words_, sets};
        const i64 removed = RunFinder(runs, rule_.runs).mark(gone_);
        if (may_keep_body()) return UNKNOWN;
        for (std::size_t row = 0; row < count; ++row)
            if (gone_[row] != 0) remove(rows_[row]);
        return removed;
    }

   private:
    std::span<const u64> tokens_of(i64 row) const {
        return std::span(tokens_).subspan(ends_[row], ends_[row + 1] - ends_[row]);
    }
    std::span<const u8> thirds_of(i64 row) const {
        return std::span(thirds_).subspan(ends_[row], ends_[row + 1] - ends_[row]);
    }

    void read(i64 first, i64 stop);
    bool are_few();
    void find_leaders();
    bool has_variant() const;
    void count_words();
    i64 columns() const;
    bool may_keep_body();

    const Texts& blocks_;
    const BlockRule& rule_;
    const RuleHolder& variants_;
    std::unique_ptr<PairRule> pair_;
    Workshop workshop_;
    Piece piece_;
    BlockMatcher matcher_;
    // The blocks of a text that show a token: their numbers among all, tokens, and sets of shingles.
    std::vector<i64> rows_, ends_, offsets_;
    std::vector<u64> tokens_, shingles_;
    std::vector<u8> thirds_;
    std::vector<i64> leader_, order_, witness_, words_, table_, distances_;
    std::vector<double> similarity_;
    std::vector<u64> sorted_;
    std::vector<u8> gone_;
};

void Cleaner::read(i64 first, i64 stop) {
    rows_.clear(), tokens_.clear(), thirds_.clear(), shingles_.clear();
    ends_.assign(1, 0), offsets_.assign(1, 0);
    for_rows(blocks_, first, stop, piece_, [&](i64 row, i64 start, i64 end) {
        if (start == end) return;
        rows_.push_back(row);
        tokens_.insert(tokens_.end(), piece_.tokens + start, piece_.tokens + end);
        thirds_.insert(thirds_.end(), piece_.thirds + start, piece_.thirds + end);
        ends_.push_back(static_cast<i64>(tokens_.size()));
        u64* begin = piece_.shingles + start;
        u64* behind = begin + shingles_in(end - start, blocks_.ngram_size);
        std::sort(begin, behind);
        shingles_.insert(shingles_.end(), begin, std::unique(begin, behind));
        offsets_.push_back(static_cast<i64>(shingles_.size()));
    });
}

// Tells whether each block may be compared with each, as keep_first.are_few does of many.
bool Cleaner::are_few() {
    if (static_cast<i64>(shingles_.size()) > rule_.some) return false;
    sorted_ = shingles_;
    std::sort(sorted_.begin(), sorted_.end());
    i64 pairs = 0, same = 0;
    for (std::size_t place = 1; place < sorted_.size(); ++place) {
        same = sorted_[place] == sorted_[place - 1] ? same + 1 : 0;
        pairs += same;
    }
    return pairs <= rule_.shared;
}

// Finds the first row that is an exact copy of each: one with the same tokens, and the same numbers where
// numeric variants stay.
void Cleaner::find_leaders() {
    const i64 count = static_cast<i64>(rows_.size());
    std::size_t size = 64;
    while (size < 2 * rows_.size()) size *= 2;
    table_.assign(size, -1);
    leader_.resize(rows_.size());
    const auto is_copy = [&](i64 row, i64 other) {
        const auto own = tokens_of(row), others = tokens_of(other);
        if (!std::equal(own.begin(), own.end(), others.begin(), others.end())) return false;
        return !variants_.settings().keeps || same_numbers(variants_.signs(), blocks_, rows_[other], rows_[row]);
    };
    for (i64 row = 0; row < count; ++row) {
        u64 value = 0;
        for (const u64 token : tokens_of(row)) value = mixed(value + token);
        std::size_t slot = value & (size - 1);
        while (table_[slot] >= 0 && !is_copy(row, table_[slot])) slot = (slot + 1) & (size - 1);
        if (table_[slot] < 0) table_[slot] = row;
        leader_[row] = table_[slot];
    }
}

// Tells whether a near copy among blocks is a numeric variant.
bool Cleaner::has_variant() const {
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        const i64 of = witness_[row];
        if (leader_[of] != leader_[row] && pair_->is_numeric_variant(rows_[row], rows_[of], similarity_[row]))
            return true;
    }
    return false;
}

// The most numbers in a row of a table, as weigh.columns_of.
i64 Cleaner::columns() const {
    i64 most = 0;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        if (witness_[row] != static_cast<i64>(row)) continue;
        const auto thirds = thirds_of(static_cast<i64>(row));
        const i64 numbers = std::count(thirds.begin(), thirds.end(), u8{0});
        const i64 inside = std::count(thirds.begin(), thirds.end(), rule_.inside);
        if (2 * numbers >= std::ssize(thirds) - inside) most = std::max(most, numbers);
    }
    return most;
}

// Counts the words of each row, as weigh.words_of does for the columns of the text.
void Cleaner::count_words() {
    const i64 named_columns = columns();
    words_.clear();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        i64 total = 0, named = 0, of_named = 0;
        for (const u8 third : thirds_of(static_cast<i64>(row))) {
            const i64 weight = third & rule_.weight, has_digit = (third & rule_.has_digit) != 0;
            total += weight, named += has_digit, of_named += weight * has_digit;
        }
        words_.push_back((named <= named_columns ? total - of_named : total) / THIRDS);
    }
}

// Tells whether a block goes that is alone on its diagonal: perhaps its original does (documents.body_copy).
bool Cleaner::may_keep_body() {
    distances_.clear();
    for (std::size_t row = 0; row < gone_.size(); ++row)
        if (gone_[row] != 0) distances_.push_back(static_cast<i64>(row) - witness_[row]);
    std::sort(distances_.begin(), distances_.end());
    for (std::size_t place = 0, end = 0; place < distances_.size(); place = end) {
        while (end < distances_.size() && distances_[end] == distances_[place]) ++end;
        if (end - place == 1) return true;
    }
    return false;
}

// Texts without what they repeat.
struct Cleaned {
    Room<u8> utf8;
    std::size_t size;
    Room<i64> offsets;
};

// Returns what is left of texts of which some lines go.
Cleaned without(Bytes bytes, const Layout& laid, const std::vector<u8>& removed) {
    const auto total = static_cast<std::size_t>(laid.lines.back() - laid.lines.front());
    Cleaned left{Room<u8>(total), 0, Room<i64>(laid.first_line.size())};
    left.offsets.data()[0] = 0;
    for (std::size_t text = 0; text + 1 < laid.first_line.size(); ++text) {
        for (i64 line = laid.first_line[text]; line < laid.first_line[text + 1]; ++line) {
            if (removed[line] != 0) continue;
            const auto size = static_cast<std::size_t>(laid.lines[line + 1] - laid.lines[line]);
            std::memcpy(left.utf8.data() + left.size, bytes.utf8 + laid.lines[line], size);
            left.size += size;
        }
        left.offsets.data()[text + 1] = static_cast<i64>(left.size);
    }
    return left;
}

// Removes the lines that clean would. Returns what is left, its offsets, and how many blocks went of each text.
nb::tuple clean_lines(const TextsHolder& holder, const nb::object& constants, const nb::object& layout_constants,
                      const RuleHolder& variants, bool always) {
    const BlockRule rule(constants);
    const LayoutRule layout_rule(layout_constants);
    const auto count = static_cast<std::size_t>(holder.rows());
    Room<i64> blocks(count);
    std::optional<Cleaned> left;
    {
        nb::gil_scoped_release release;
        Texts lines = holder.texts();
        const Bytes bytes{lines.utf8, static_cast<i64>(lines.size)};
        const Layout laid = lay_out(bytes, {lines.offsets, count + 1}, layout_rule);
        lines.offsets = laid.lines.data();
        std::vector<u8> removed(laid.shown.size());
        Cleaner cleaner(lines, std::ssize(laid.shown), rule, variants);
        for (std::size_t text = 0; text < count; ++text) {
            const i64 first = laid.first_line[text], stop = laid.first_line[text + 1];
            // A line goes with the blank ones behind it that have an end.
            const auto remove = [&](i64 line) {
                removed[line] = 1;
                for (++line; line < stop && laid.shown[line] == 0 && is_ended(bytes, laid.lines[line + 1]); ++line)
                    removed[line] = 1;
            };
            const bool is_wanted = always || laid.kinds[text] == LINES;
            blocks.data()[text] = is_wanted ? cleaner.clean(first, stop, remove) : UNKNOWN;
        }
        left = without(bytes, laid, removed);
        if (!always) {  // what is left may call for another cut
            const Bytes rest{left->utf8.data(), static_cast<i64>(left->size)};
            const Layout again = lay_out(rest, {left->offsets.data(), count + 1}, layout_rule);
            for (std::size_t text = 0; text < count; ++text)
                if (again.kinds[text] != LINES && blocks.data()[text] > 0) blocks.data()[text] = UNKNOWN;
        }
    }
    return nb::make_tuple(left->utf8.array(left->size), left->offsets.array(count + 1), blocks.array(count));
}

// Tells which texts may repeat their blocks, which are the rows. A block of many short lines counts as one long
// one, so there may be more than clean removes, but not where there is none.
Result<bool> repeat_blocks(const TextsHolder& holder, const Array<i64>& firsts, const nb::object& constants,
                           const RuleHolder& variants) {
    const i64 texts = check_offsets(firsts, static_cast<std::size_t>(holder.rows()));
    const auto count = static_cast<std::size_t>(texts);
    const BlockRule rule(constants);
    Room<bool> found(count);
    {
        nb::gil_scoped_release release;
        Cleaner cleaner(holder.texts(), holder.rows(), rule, variants);
        for (i64 text = 0; text < texts; ++text)
            found.data()[text] = cleaner.clean(firsts.data()[text], firsts.data()[text + 1], [](i64) {}) != 0;
    }
    return found.array(count);
}
}  // namespace

void bind_lines(nb::module_& m) {
    m.def("clean_lines", &clean_lines, nb::arg("texts"), nb::arg("rule"), nb::arg("layout"), nb::arg("variants"),
          nb::arg("always"));
    m.def("repeat_blocks", &repeat_blocks, nb::arg("texts"), nb::arg("firsts"), nb::arg("rule"), nb::arg("variants"));
}
}  // namespace dedup
