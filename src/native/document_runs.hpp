// Finds the runs of blocks of a document that are removed: documents/clean.py.
#pragma once
#include "block_matches.hpp"
#include "block_runs.hpp"
#include "blocks.hpp"

namespace dedup {
// Counts the words of each block: DocumentBlocks.words.
std::vector<i64> words_of(const DocumentMatcher& document, const CutRule& rule);

// Returns the share of the smaller set that the larger one has: matching.similarity.overlap_coefficient.
double overlap_coefficient(std::span<const u64> left, std::span<const u64> right);

// Returns the runs of a document whose blocks are matched, of which the first copy is kept.
std::vector<BlockRun> find_runs(const DocumentMatcher& document, const RunRule& rule, const CutRule& cut_rule);
}  // namespace dedup
