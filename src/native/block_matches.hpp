// Matches each block of a document with the kept blocks: documents/block_matches.py.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "numeric_variants.hpp"

namespace dedup {
// Settings, and constants of block_matches.py.
struct BlockRule {
    nb::handle rule;
    double threshold = constant<double>(rule, "threshold");
    bool contained = constant<bool>(rule, "contained");  // whether the measure is containment, not Jaccard
    std::string keep = constant<std::string>(rule, "keep");
    i64 max_blocks = constant<i64>(rule, "max_exhaustive_blocks");
    i64 max_shingles = constant<i64>(rule, "max_exhaustive_shingles");
    i64 max_shared_shingles = constant<i64>(rule, "max_shared_shingles");
    i64 max_bytes = constant<i64>(rule, "max_core_bytes");
    std::string bullets = constant<std::string>(rule, "bullets"), item_dashes = constant<std::string>(rule, "item_dashes");
};

// The n blocks of a document, and which of them repeat another block.
class DocumentMatcher {
   public:
    // The blocks are the first rows of `blocks`.
    DocumentMatcher(const Texts& blocks, i64 count, const BlockRule& rule, const PairRuleSettings& variants)
        : blocks_(blocks), count_(count), rule_(rule), variants_(variants) {}

    // Matches the blocks and returns true. Returns false if the document is too large for one call, or if
    // block_matches.can_compare_all does.
    bool match();

    const Texts& blocks() const { return blocks_; }
    i64 count() const { return count_; }
    const BlockRule& rule() const { return rule_; }
    const PairRuleSettings& variants() const { return variants_; }
    std::span<const i64> order() const { return order_; }  // blocks with tokens, in processing order
    std::span<const i64> representative() const { return representative_; }
    std::span<const i64> witness() const { return witness_; }
    std::span<const double> similarity() const { return similarity_; }
    bool repeats(i64 block) const { return witness_[block] != block; }
    bool is_exact(i64 block) const {
        return repeats(block) && representative_[witness_[block]] == representative_[block];
    }
    i64 token_count(i64 block) const { return ends_[block + 1] - ends_[block]; }
    std::span<const u8> weights_of(i64 block) const { return part_of<u8>(thirds_, ends_, block); }
    std::span<const u64> tokens_of(i64 block) const { return part_of<u64>(tokens_, ends_, block); }
    std::span<const u64> shingles_of(i64 block) const { return part_of<u64>(shingles_, set_ends_, block); }

    // All arrays, for Python.
    auto result() const {
        return std::tie(representative_, witness_, similarity_, tokens_, ends_, thirds_, shingles_, set_ends_);
    }

   private:
    template <class T>
    static std::span<const T> part_of(const std::vector<T>& values, const std::vector<i64>& ends, i64 block) {
        const i64 first = ends[block];
        return std::span(values).subspan(first, ends[block + 1] - first);
    }
    bool hash();
    void add(const RowBatch& batch, i64 start, i64 end);
    bool share_few_shingles() const;
    void find_order();
    void find_representatives();

    Texts blocks_;
    i64 count_;
    const BlockRule& rule_;
    const PairRuleSettings& variants_;
    std::vector<u64> tokens_, shingles_;
    std::vector<u8> thirds_;
    std::vector<i64> ends_{0}, set_ends_{0}, order_, representative_, witness_;
    std::vector<double> similarity_;
};
}  // namespace dedup
