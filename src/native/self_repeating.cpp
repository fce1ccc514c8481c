// Finds the texts that may repeat blocks of themselves, so that all others need not be cleaned: documents/clean.py.
//
// A block is removed if one earlier block has most of its shingles. Here we count how many of its shingles any earlier
// block has, which is at least as many. So a text that is not found repeats nothing for certain.
#include <numeric>

#include "hash_counter.hpp"
#include "block_table.hpp"
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

// The blocks of many texts, as rows: text t has the rows firsts[t] to firsts[t + 1]. If the texts are not cut, each is
// one row.
struct BlockRows {
    Texts rows;
    std::span<const i64> firsts;
    bool are_cut;
    i64 begin_of(i64 text) const { return rows.offsets[firsts[text]]; }
    i64 bytes_of(i64 text) const { return begin_of(text + 1) - begin_of(text); }
};

// Sets `found` for the wanted texts in which a block may repeat another one. A text that is not cut is found if it has
// a shingle twice.
template <class Wanted>
void find_repetition(const BlockRows& texts, Wanted wanted, const RepetitionRule& rule, bool* found) {
    const Texts& rows = texts.rows;
    const i64 count = static_cast<i64>(texts.firsts.size()) - 1;
    HashCounter last_block;
    std::vector<BlockCounts> blocks;
    RowHasher hasher(rows, 0, texts.firsts.back());
    const RowBatch batch = hasher.batch();
    for (i64 text = 0; text < count; ++text) {
        const i64 first = texts.firsts[text], stop = texts.firsts[text + 1];
        if (!wanted(text) || (texts.are_cut && stop - first < 2)) continue;
        if (stop - first > MAX_BLOCKS) {
            found[text] = true;
            continue;
        }
        blocks.resize(static_cast<std::size_t>(stop - first));
        last_block.clear(static_cast<std::size_t>(expected_tokens(texts.bytes_of(text), rows.characters)));
        i64 row = first, token_count = 0;
        bool has_shingle_twice = false;
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
                has_shingle_twice = has_shingle_twice || blocks[number].distinct < shingles;
            }
            row = until;
        }
        found[text] = row < stop || (texts.are_cut ? may_be_removed(blocks, rule) : has_shingle_twice);
    }
}

// Returns which texts may repeat blocks of themselves. `block` is the kind of their blocks, as in Config.
GrowingArray<bool> self_repeating(const TextsHolder& holder, const nb::object& settings, const nb::object& layout_settings,
                          const std::string& block) {
    const RepetitionRule rule{settings};
    const LayoutRule layout_rule{layout_settings};
    const auto count = static_cast<std::size_t>(holder.rows());
    GrowingArray<bool> room(count);
    nb::gil_scoped_release release;
    bool* found = room.data();
    std::fill(found, found + count, false);
    const Texts& texts = holder.texts();
    Layout layout = lay_out({texts.utf8, texts.size}, {texts.offsets, count + 1}, layout_rule);
    std::vector<u8>& kinds = layout.kinds;
    if (block != "auto")
        std::fill(kinds.begin(), kinds.end(), block == "line" ? LINES : block == "paragraph" ? PARAGRAPHS : ANY);
    BlockRows rows{texts, layout.first_line, true};
    rows.rows.offsets = layout.lines.data();
    find_repetition(rows, [&](i64 text) { return kinds[text] != ANY; }, rule, found);
    if (std::count(kinds.begin(), kinds.end(), PARAGRAPHS) > 0) {
        rows.rows.offsets = layout.paragraphs.data(), rows.firsts = layout.first_paragraph;
        find_repetition(rows, [&](i64 text) { return kinds[text] == PARAGRAPHS && !found[text]; }, rule, found);
    }
    const auto is_any = [&](i64 text) { return kinds[text] == ANY; };
    const auto ngram_size = static_cast<double>(texts.ngram_size);
    if (rule.min_words <= ngram_size || rule.min_words < static_cast<double>(rule.loop_words_divisor) * ngram_size) {
        // A block that is removed may be shorter than a shingle.
        for (i64 text = 0; text < holder.rows(); ++text) found[text] = found[text] || is_any(text);
    } else {
        std::vector<i64> numbers(count + 1);
        std::iota(numbers.begin(), numbers.end(), 0);
        find_repetition({texts, numbers, false}, is_any, rule, found);
    }
    return room;
}

// Returns in which texts a block may repeat another. The rows are blocks; text t has those from firsts[t] to
// firsts[t + 1].
GrowingArray<bool> repeating_blocks(const TextsHolder& blocks, const Array<i64>& firsts, const nb::object& settings) {
    const std::span<const i64> edges(firsts.data(), firsts.shape(0));
    const i64 texts = check_offsets(edges, static_cast<std::size_t>(blocks.rows()), "firsts");
    const auto count = static_cast<std::size_t>(texts);
    const RepetitionRule rule{settings};
    GrowingArray<bool> room(count);
    nb::gil_scoped_release release;
    std::fill_n(room.data(), count, false);
    find_repetition({blocks.texts(), edges, true}, [](i64) { return true; }, rule, room.data());
    return room;
}
}  // namespace

void bind_self_repeating(nb::module_& m) {
    m.def("self_repeating", &self_repeating, "texts"_a, "rule"_a, "layout"_a, "block"_a);
    m.def("repeating_blocks", &repeating_blocks, "blocks"_a, "firsts"_a, "rule"_a);
}
}  // namespace dedup
