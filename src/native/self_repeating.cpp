// Which texts may repeat blocks of themselves: all others need not be cut into blocks.
//
// What is left out repeats nothing for certain. A block is removed when most of its shingles stand in one
// before it, and what is counted here is how many stand in any before it.
#include <numeric>

#include "counter.hpp"
#include "layout.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
// What runs.find_runs asks of blocks that repeat others.
struct RepetitionRule {
    nb::handle rule;
    // Of its shingles stand in one before it, if a block is a copy.
    double threshold = constant<double>(rule, "threshold");
    // Of its shingles stand in another one, if a block is a changed copy.
    double alike = constant<double>(rule, "changed_copy");
    // Blocks between a changed copy and copies that are removed with it.
    i64 reach = constant<i64>(rule, "reach");
    // Tokens of a block that is removed alone, how often one stands that has a part of as many tokens if it is removed,
    // and which part.
    double least = constant<double>(rule, "least");
    i64 often = constant<i64>(rule, "often"), part = constant<i64>(rule, "often_part");
    // Of the blocks of a text that is itself twice are copies in a row, at least.
    i64 whole_tenths = constant<i64>(rule, "whole_tenths");
};

constexpr i64 MOST_BLOCKS = (i64{1} << 31) - 1;  // of a text, since a slot is to be small

struct Block {
    i64 distinct;  // shingles,
    i64 before;    // those of them that stand in a block before,
    i64 behind;    // and those that have not, but stand in one behind it
    i64 tokens;
};

// More tokens than nearly all texts of so many bytes have.
i64 tokens_for(i64 size, bool characters) { return (characters ? size + size / 4 : size / 2) / 2 + 1; }

// Notes the shingles of one of the blocks. `last` has of each shingle, from 2 on, twice the last block so far that has
// it, and one more if one before that has it, too. Calls a function with the block before it that has one of them, if
// no other has.
template <class Again>
Block note(Counter& last, std::span<const u64> shingles, i64 number, Again again) {
    const u32 own = static_cast<u32>(2 * (number + 1));
    Block noted{};
    for (const u64 shingle : shingles) {
        u32& block = last[shingle];
        if (block == 0) {
            block = own;
            ++noted.distinct;
        } else if ((block & ~1u) != own) {
            if ((block & 1u) == 0) again(block / 2 - 1);
            block = own | 1;
            ++noted.distinct, ++noted.before;
        }
    }
    return noted;
}

bool may_be_removed(std::span<const Block> blocks, const RepetitionRule& rule) {
    i64 worded = 0, run = 0, longest = 0;  // copies one behind the other,
    double weight = 0.0;                   // and their weight
    i64 shorts = 0;                        // copies that go if they are all of one block
    i64 twice = -rule.reach - 1, changed = twice;  // the last blocks that stand twice, or are changed copies
    for (const Block& block : blocks) {
        if (block.distinct == 0) continue;
        const auto distinct = static_cast<double>(block.distinct), before = static_cast<double>(block.before);
        const double size = static_cast<double>(block.tokens) / rule.least;
        const double either = before + static_cast<double>(block.behind);
        const bool copied = before >= rule.threshold * distinct;
        run = copied ? run + 1 : 0;
        weight = copied ? weight + size * size * size : 0.0;
        if (weight >= 1) return true;
        longest = std::max(longest, run);
        shorts += copied && static_cast<double>(rule.part) * size >= 1;
        if (shorts >= rule.often - 1) return true;
        const bool stands_twice = either >= rule.threshold * distinct;
        const bool is_changed = size >= 1 && either >= rule.alike * distinct;
        if (stands_twice && worded - changed <= rule.reach) return true;
        if (is_changed && worded - twice <= rule.reach) return true;
        if (stands_twice) twice = worded;
        if (is_changed) changed = worded;
        ++worded;
    }
    return worded > 0 && 10 * longest >= rule.whole_tenths * worded;
}

// The blocks of many texts, as rows: text t has those from firsts[t] to firsts[t + 1]. Or each text is one row,
// which is yet to be cut.
struct BlockRows {
    Texts rows;
    std::span<const i64> firsts;
    bool are_cut;
    i64 begin_of(i64 text) const { return rows.offsets[firsts[text]]; }
    i64 bytes_of(i64 text) const { return begin_of(text + 1) - begin_of(text); }
};

// Sets found for the wanted texts in which a block may repeat another or, if they are not cut, that have a
// shingle twice.
template <class Wanted>
void find_repetition(const BlockRows& texts, Wanted wanted, const RepetitionRule& rule, bool* found) {
    const Texts& rows = texts.rows;
    const i64 count = static_cast<i64>(texts.firsts.size()) - 1;
    Counter last;
    std::vector<Block> blocks;
    Workshop workshop(rows, 0, texts.firsts.back());
    const Piece piece = workshop.piece();
    for (i64 text = 0; text < count; ++text) {
        const i64 first = texts.firsts[text], stop = texts.firsts[text + 1];
        if (!wanted(text) || (texts.are_cut && stop - first < 2)) continue;
        if (stop - first > MOST_BLOCKS) {
            found[text] = true;
            continue;
        }
        blocks.resize(static_cast<std::size_t>(stop - first));
        last.clear(static_cast<std::size_t>(tokens_for(texts.bytes_of(text), rows.characters)));
        i64 row = first, seen_tokens = 0;
        bool has_twice = false;
        while (row < stop) {
            const i64 until = kernels_in_use().hash_piece(rows, row, stop, piece);
            seen_tokens += piece.ends[until - row];
            if (seen_tokens > last.room()) break;  // a text of nothing but ligatures may have a token a byte
            for (i64 place = 0; place < until - row; ++place) {
                const i64 begin = piece.ends[place], tokens = piece.ends[place + 1] - begin;
                const i64 shingles = shingles_in(tokens, rows.ngram_size), number = row + place - first;
                blocks[number] = note(last, {piece.shingles + begin, static_cast<std::size_t>(shingles)}, number,
                                      [&](u32 other) { ++blocks[other].behind; });
                blocks[number].tokens = tokens;
                has_twice = has_twice || blocks[number].distinct < shingles;
            }
            row = until;
        }
        found[text] = row < stop || (texts.are_cut ? may_be_removed(blocks, rule) : has_twice);
    }
}

// Tells which texts may repeat blocks of themselves; block is what these are, as Config has it.
Room<bool> self_repeating(const TextsHolder& holder, const nb::object& settings, const nb::object& layout_settings,
                          const std::string& block) {
    const RepetitionRule rule{settings};
    const LayoutRule layout_rule{layout_settings};
    const auto count = static_cast<std::size_t>(holder.rows());
    Room<bool> room(count);
    nb::gil_scoped_release release;
    bool* found = room.data();
    std::fill(found, found + count, false);
    const Texts& texts = holder.texts();
    Layout laid = lay_out({texts.utf8, texts.size}, {texts.offsets, count + 1}, layout_rule);
    std::vector<u8>& kinds = laid.kinds;
    if (block != "auto")
        std::fill(kinds.begin(), kinds.end(), block == "line" ? LINES : block == "paragraph" ? PARAGRAPHS : ANY);
    BlockRows rows{texts, laid.first_line, true};
    rows.rows.offsets = laid.lines.data();
    find_repetition(rows, [&](i64 text) { return kinds[text] != ANY; }, rule, found);
    if (std::count(kinds.begin(), kinds.end(), PARAGRAPHS) > 0) {
        rows.rows.offsets = laid.paragraphs.data(), rows.firsts = laid.first_paragraph;
        find_repetition(rows, [&](i64 text) { return kinds[text] == PARAGRAPHS && !found[text]; }, rule, found);
    }
    const auto is_any = [&](i64 text) { return kinds[text] == ANY; };
    const auto size = static_cast<double>(texts.ngram_size);
    if (rule.least <= size || rule.least < static_cast<double>(rule.part) * size) {
        // A block may be no whole shingle.
        for (i64 text = 0; text < holder.rows(); ++text) found[text] = found[text] || is_any(text);
    } else {
        std::vector<i64> numbers(count + 1);
        std::iota(numbers.begin(), numbers.end(), 0);
        find_repetition({texts, numbers, false}, is_any, rule, found);
    }
    return room;
}

// Tells in which texts a block may repeat another; the blocks are rows.
Room<bool> repeating_blocks(const TextsHolder& blocks, const Array<i64>& firsts, const nb::object& settings) {
    const std::span<const i64> edges(firsts.data(), firsts.shape(0));
    const i64 texts = check_offsets(edges, static_cast<std::size_t>(blocks.rows()), "firsts");
    const auto count = static_cast<std::size_t>(texts);
    const RepetitionRule rule{settings};
    Room<bool> room(count);
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
