// The blocks of a document, hashed and matched with those that are kept of it: documents.matches.
#include <numeric>

#include "counter.hpp"
#include "keep_first.hpp"
#include "numeric_variants.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
// Settings, and constants of keep_first.
struct BlockRule {
    nb::handle rule;
    double threshold = constant<double>(rule, "threshold");  // at which a block repeats another one
    bool contained = constant<bool>(rule, "contained");      // or by Jaccard similarity
    std::string keep = constant<std::string>(rule, "keep");
    i64 few = constant<i64>(rule, "few"), some = constant<i64>(rule, "some"), shared = constant<i64>(rule, "shared");
};

// Sets of shingles: row r has those from offsets[r] to offsets[r + 1], sorted and unique.
struct Sets {
    std::span<const u64> values;
    std::span<const i64> offsets;  // (n + 1,)
    i64 size_of(i64 row) const { return offsets[row + 1] - offsets[row]; }
    std::span<const u64> of(i64 row) const { return values.subspan(offsets[row], size_of(row)); }
};

// The kept blocks of a text, as keep_first asks for them: each is compared with all that share a shingle with it.
class KeptBlocks {
   public:
    KeptBlocks(const Sets& sets, const BlockRule& rule) : sets_(sets), rule_(rule), hits_(sets.offsets.size()) {
        last_.clear(sets.values.size());
    }
    void insert(i64 row) {
        for (const u64 shingle : sets_.of(row)) {
            u32& last = last_[shingle];
            entries_.push_back({row, last});
            last = static_cast<u32>(entries_.size());
        }
    }
    // Counts what each kept row shares with a row, which is how similar they are.
    Best best(i64 row) {
        met_.clear(), scores_.clear();
        for (const u64 shingle : sets_.of(row)) {
            const u32* last = last_.find(shingle);
            for (u32 number = last ? *last : 0; number > 0; number = entries_[number - 1].before)
                if (const i64 other = entries_[number - 1].row; hits_[other]++ == 0) met_.push_back(other);
        }
        if (met_.empty()) return {row, 0.0};
        const i64 own = sets_.size_of(row);
        for (const i64 other : met_) {
            const i64 hits = hits_[other], whole = rule_.contained ? own : own + sets_.size_of(other) - hits;
            hits_[other] = 0;
            scores_.push_back(static_cast<double>(hits) / static_cast<double>(whole));
        }
        return most_similar<i64>(met_, scores_, rule_.threshold, [](i64, double) { return false; });
    }

   private:
    // A row that has a shingle, and the number of the entry before it in the list of the shingle, from 1 on.
    struct Entry {
        i64 row;
        u32 before;
    };
    const Sets sets_;
    const BlockRule& rule_;
    Counter last_;  // the number of the last entry of a shingle, 0 for none
    std::vector<Entry> entries_;
    std::vector<i64> met_;   // the rows that share shingles with the one at hand,
    std::vector<i64> hits_;  // and how many, by row; zeros between two rows
    std::vector<double> scores_;
};

// The blocks of a document are the rows of its texts.
class DocumentMatcher {
   public:
    DocumentMatcher(const TextsHolder& holder, const BlockRule& rule, const RuleHolder& variants)
        : blocks_(holder.texts()), count_(holder.rows()), rule_(rule), variants_(variants) {}

    // Matches the blocks if keep_first.are_few says that each may be compared with each; tells whether it does.
    bool match() {
        if (!read() || (count_ > rule_.few && !share_few())) return false;
        find_order();
        find_leaders();
        witness_.resize(leader_.size());
        std::iota(witness_.begin(), witness_.end(), 0);
        similarity_.assign(leader_.size(), 0.0);
        std::vector<i32> kept(leader_.size(), -1);
        KeptBlocks blocks({shingles_, set_ends_}, rule_);
        for (const i64 row : order_)
            keep_first(row, leader_[row], false, rule_.threshold, {witness_, similarity_, {}, kept}, blocks);
        return true;
    }

    auto result() const {
        return std::tie(leader_, witness_, similarity_, tokens_, ends_, thirds_, shingles_, set_ends_);
    }

   private:
    std::span<const u64> tokens_of(i64 row) const {
        return std::span(tokens_).subspan(ends_[row], ends_[row + 1] - ends_[row]);
    }

    // Hashes the blocks; tells whether they are few enough, or have few enough shingles.
    bool read() {
        Workshop workshop(blocks_, 0, count_);
        const Piece piece = workshop.weighed_piece();
        const auto room = static_cast<std::size_t>((blocks_.offsets[count_] - blocks_.offsets[0]) / 3);
        tokens_.reserve(room), thirds_.reserve(room), shingles_.reserve(room);
        for (i64 first = 0, stop = 0; first < count_; first = stop) {
            stop = kernels_in_use().hash_piece(blocks_, first, count_, piece);
            for (i64 row = 0; row < stop - first; ++row) add(piece, piece.ends[row], piece.ends[row + 1]);
            if (count_ > rule_.few && std::ssize(shingles_) > rule_.some) return false;
        }
        return true;
    }

    void add(const Piece& piece, i64 start, i64 end) {
        tokens_.insert(tokens_.end(), piece.tokens + start, piece.tokens + end);
        thirds_.insert(thirds_.end(), piece.thirds + start, piece.thirds + end);
        ends_.push_back(std::ssize(tokens_));
        u64* begin = piece.shingles + start;
        u64* behind = begin + shingles_in(end - start, blocks_.ngram_size);
        std::sort(begin, behind);
        shingles_.insert(shingles_.end(), begin, std::unique(begin, behind));
        set_ends_.push_back(std::ssize(shingles_));
    }

    // Tells whether so many blocks share few enough shingles to be compared with each other.
    bool share_few() const {
        std::vector<u64> sorted = shingles_;
        std::sort(sorted.begin(), sorted.end());
        i64 pairs = 0, same = 0;
        for (std::size_t place = 1; place < sorted.size(); ++place) {
            same = sorted[place] == sorted[place - 1] ? same + 1 : 0;
            pairs += same;
        }
        return pairs <= rule_.shared;
    }

    // Orders the blocks with tokens as keep_first.KEEP does.
    void find_order() {
        const auto count = [&](i64 row) { return ends_[row + 1] - ends_[row]; };
        for (i64 row = 0; row < count_; ++row)
            if (count(row) > 0) order_.push_back(row);
        if (rule_.keep == "last") std::reverse(order_.begin(), order_.end());
        if (rule_.keep == "longest")
            std::stable_sort(order_.begin(), order_.end(), [&](i64 row, i64 other) { return count(row) > count(other); });
    }

    // Finds the first block, in their order, that is an exact copy of each: one with the same tokens, and the
    // same numbers where numeric variants stay.
    void find_leaders() {
        leader_.resize(static_cast<std::size_t>(count_));
        std::iota(leader_.begin(), leader_.end(), 0);
        Counter first;  // block of a hash of tokens, from 1 on
        first.clear(order_.size());
        const auto is_copy = [&](i64 row, i64 other) {
            const auto tokens = tokens_of(row), others = tokens_of(other);
            if (!std::equal(tokens.begin(), tokens.end(), others.begin(), others.end())) return false;
            return !variants_.settings().keeps || same_numbers(variants_.signs(), blocks_, other, row);
        };
        for (const i64 row : order_) {
            u64 value = 0;
            for (const u64 token : tokens_of(row)) value = mix(value + token);
            while (first[value] > 0 && !is_copy(row, first[value] - 1)) value = mix(value);
            if (first[value] == 0) first[value] = static_cast<u32>(row) + 1;
            leader_[row] = first[value] - 1;
        }
    }

    const Texts& blocks_;
    i64 count_;
    const BlockRule& rule_;
    const RuleHolder& variants_;
    std::vector<u64> tokens_, shingles_;
    std::vector<u8> thirds_;
    std::vector<i64> ends_{0}, set_ends_{0}, order_, leader_, witness_;
    std::vector<double> similarity_;
};

// Returns the matches of the blocks of a document and their hashes; None where they are too many.
nb::object match_document(const TextsHolder& blocks, const nb::object& constants, const RuleHolder& variants) {
    const BlockRule rule{constants};
    DocumentMatcher matcher(blocks, rule, variants);
    bool is_matched = false;
    {
        nb::gil_scoped_release release;
        is_matched = matcher.match();
    }
    return is_matched ? nb::cast(matcher.result()) : nb::none();
}
}  // namespace

void bind_block_matches(nb::module_& m) {
    m.def("match_document", &match_document, "blocks"_a, "rule"_a, "variants"_a);
}
}  // namespace dedup
