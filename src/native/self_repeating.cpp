// Finds the texts that may repeat blocks of themselves, so that all others need not be cleaned: documents/clean.py.
//
// A block is removed if one earlier block has most of its shingles. Here we count how many of its shingles any earlier
// block has, which is at least as many. So a text that is not found repeats nothing for certain.
#include "hash_counter.hpp"
#include "blocks.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
// Settings, and constants of documents/block_runs.py.
struct RepetitionRule {
    nb::handle rule;
    double threshold = constant<double>(rule, "threshold");                // similarity of a copy
    double changed_copy = constant<double>(rule, "changed_copy_overlap");  // overlap of a changed copy
    i64 max_gap = constant<i64>(rule, "max_gap_blocks");     // from a changed copy to a copy next to it
    double min_words = constant<double>(rule, "min_words");  // of a single block that is removed
    i64 min_loop_count = constant<i64>(rule, "min_loop_count");
    i64 loop_words_divisor = constant<i64>(rule, "loop_words_divisor");
    i64 doubled_tenths = constant<i64>(rule, "doubled_tenths");
};

constexpr i64 MAX_BLOCKS = (i64{1} << 31) - 1;  // of a text, so that twice the number of a block has 32 bits

struct BlockCounts {
    i64 distinct;  // distinct shingles of the block,
    i64 earlier;   // those that an earlier block has,
    i64 later;     // and those that only later blocks have
    i64 tokens;
};

// More tokens than nearly all texts of `size` bytes have.
i64 expected_tokens(i64 size, bool characters) { return (characters ? size + size / 4 : size / 2) / 2 + 1; }

// Counts the shingles of block `number`. `last_block` has of each shingle 2 * (b + 1) for the last block b that has it,
// plus 1 if an earlier block has it as well. Calls `second_block(b)` for each shingle that only block b has so far.
template <class SecondBlock>
BlockCounts count_shingles(HashCounter& last_block, std::span<const u64> shingles, i64 number, SecondBlock second_block) {
    const u32 own = static_cast<u32>(2 * (number + 1));
    BlockCounts counts{};
    for (const u64 shingle : shingles) {
        u32& last = last_block[shingle];
        if (last == 0) {
            last = own;
            ++counts.distinct;
        } else if ((last & ~1u) != own) {
            if ((last & 1u) == 0) second_block(last / 2 - 1);
            last = own | 1;
            ++counts.distinct, ++counts.earlier;
        }
    }
    return counts;
}

// Returns whether find_block_runs of block_runs.py may find a run. Tokens take the place of words, which are fewer.
bool may_be_removed(std::span<const BlockCounts> blocks, const RepetitionRule& rule) {
    i64 with_tokens = 0, run = 0, longest_run = 0;  // consecutive copies
    double weight = 0.0;                            // of the run: the sum of the cubes of its words
    i64 loop_copies = 0;                            // copies that are removed if all are of one block
    i64 last_repeated = -rule.max_gap - 1, last_changed = last_repeated;
    for (const BlockCounts& block : blocks) {
        if (block.distinct == 0) continue;
        const auto distinct = static_cast<double>(block.distinct), earlier = static_cast<double>(block.earlier);
        const double words = static_cast<double>(block.tokens) / rule.min_words;  // 1: enough for a single block
        const double elsewhere = earlier + static_cast<double>(block.later);
        const bool is_copy = earlier >= rule.threshold * distinct;
        run = is_copy ? run + 1 : 0;
        weight = is_copy ? weight + words * words * words : 0.0;
        if (weight >= 1) return true;
        longest_run = std::max(longest_run, run);
        loop_copies += is_copy && static_cast<double>(rule.loop_words_divisor) * words >= 1;
        if (loop_copies >= rule.min_loop_count - 1) return true;
        const bool is_repeated = elsewhere >= rule.threshold * distinct;
        const bool is_changed = words >= 1 && elsewhere >= rule.changed_copy * distinct;
        if (is_repeated && with_tokens - last_changed <= rule.max_gap) return true;
        if (is_changed && with_tokens - last_repeated <= rule.max_gap) return true;
        if (is_repeated) last_repeated = with_tokens;
        if (is_changed) last_changed = with_tokens;
        ++with_tokens;
    }
    return with_tokens > 0 && 10 * longest_run >= rule.doubled_tenths * with_tokens;
}

// Sets `found` for the texts in which a block may repeat another one. The rows are blocks; text t has the rows
// firsts[t] to firsts[t + 1].
void find_repetition(const Texts& rows, std::span<const i64> firsts, const RepetitionRule& rule, bool* found) {
    const i64 count = std::ssize(firsts) - 1;
    HashCounter last_block;
    std::vector<BlockCounts> blocks;
    RowHasher hasher(rows, 0, firsts.back());
    const RowBatch batch = hasher.batch();
    for (i64 text = 0; text < count; ++text) {
        const i64 first = firsts[text], stop = firsts[text + 1];
        found[text] = stop - first > MAX_BLOCKS;
        if (found[text] || stop - first < 2) continue;
        blocks.resize(static_cast<std::size_t>(stop - first));
        const i64 size = rows.offsets[stop] - rows.offsets[first];
        last_block.clear(static_cast<std::size_t>(expected_tokens(size, rows.characters)));
        i64 row = first, token_count = 0;
        while (row < stop) {
            const i64 until = kernels_in_use().hash_batch(rows, row, stop, batch);
            token_count += batch.ends[until - row];
            if (token_count > last_block.room()) break;  // a text of ligatures may have a token for each byte
            for (i64 place = 0; place < until - row; ++place) {
                const i64 begin = batch.ends[place], tokens = batch.ends[place + 1] - begin;
                const i64 shingles = shingles_in(tokens, rows.ngram_size), number = row + place - first;
                blocks[number] = count_shingles(last_block,
                                                {batch.shingles + begin, static_cast<std::size_t>(shingles)}, number,
                                                [&](u32 other) { ++blocks[other].later; });
                blocks[number].tokens = tokens;
            }
            row = until;
        }
        found[text] = row < stop || may_be_removed(blocks, rule);
    }
}

// Returns which texts may repeat blocks of themselves. `block` is the kind of their blocks, as in Config.
GrowingArray<bool> self_repeating(const TextsHolder& holder, const nb::object& settings, const CutRule& cut_rule,
                                  const std::string& block) {
    const RepetitionRule rule{settings};
    GrowingArray<bool> found(static_cast<std::size_t>(holder.rows()));
    nb::gil_scoped_release release;
    Texts texts = holder.texts();
    TextCutter cutter({texts.utf8, static_cast<std::size_t>(texts.offsets[holder.rows()])}, cut_rule);
    std::vector<i64> begins, firsts{0};
    for (i64 text = 0; text < holder.rows(); ++text) {
        const i64 start = texts.offsets[text], end = texts.offsets[text + 1];
        cutter.split(start, end, cutter.choose(start, end, block), begins);
        firsts.push_back(std::ssize(begins));
    }
    begins.push_back(texts.offsets[holder.rows()]);
    texts.offsets = begins.data();
    find_repetition(texts, firsts, rule, found.data());
    return found;
}
}  // namespace

void bind_self_repeating(nb::module_& m) {
    m.def("self_repeating", &self_repeating, "texts"_a, "rule"_a, "cut_rule"_a, "block"_a);
}
}  // namespace dedup
