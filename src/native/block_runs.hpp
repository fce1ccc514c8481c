// Finds the runs of repeated blocks that are long enough to be removed: documents/block_runs.py.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// Settings, and constants of documents/block_runs.py.
struct RunRule {
    nb::handle rule;
    double threshold = constant<double>(rule, "threshold");                        // similarity of a copy
    double changed_copy_overlap = constant<double>(rule, "changed_copy_overlap");  // of a changed copy
    i64 min_words = number("min_words");                                           // of a single block that is removed
    i64 min_loop_count = number("min_loop_count"), loop_words_divisor = number("loop_words_divisor");
    i64 short_variant_tokens = number("short_variant_tokens"), max_near_copies = number("max_near_copies");
    i64 pair = number("pair"), max_gap_blocks = number("max_gap_blocks"), far_blocks = number("far_blocks");
    i64 max_core_min_words = number("max_core_min_words");  // a larger min_words is not searched for
    i64 min_doubled_blocks = number("min_doubled_blocks"), doubled_tenths = number("doubled_tenths");

    i64 number(const char* name) const { return constant<i64>(rule, name); }
};

// Groups of copies without numeric variants, and the lengths of the blocks.
struct VariantGroups {
    std::vector<i64> groups, token_counts;  // (n,)
};

// The n blocks of a text, and which of them repeat each other.
struct BlockRepeats {
    std::span<const i64> groups;    // (n,): blocks with the same number, below n, repeat each other
    std::span<const i64> priority;  // (n,): of two of these, the one with the lower value is the original
    std::span<const i64> words;     // (n,)
    std::function<bool(i64 copy, i64 original)> is_changed_copy;
    const VariantGroups* variants = nullptr;  // null if there are none
};

// Consecutive blocks that repeat other consecutive blocks, pair by pair.
struct BlockRun {
    std::vector<i64> copies, originals;
};

// Searches blocks, of which each is taken as adjacent to the next one: find_block_runs.
std::vector<BlockRun> find_block_runs(std::vector<i64> blocks, const BlockRepeats& repeats, const RunRule& rule);
}  // namespace dedup
