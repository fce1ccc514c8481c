// Finds the runs of blocks of a document that are removed: documents/clean.py.
#include "document_runs.hpp"

#include <numeric>
#include <optional>
#include <string_view>

#include "characters.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
// Calls work(row, weights) with the weights of the tokens of each row, words even if characters are compared.
template <class Work>
void for_words(Texts rows, i64 count, Work work) {
    rows.characters = false;
    RowHasher hasher(rows, 0, count);
    const RowBatch batch = hasher.weighted_batch();
    for (i64 first = 0, stop = 0; first < count; first = stop) {
        stop = kernels_in_use().hash_batch(rows, first, count, batch);
        for (const i64* end = batch.ends; first < stop; ++first, ++end)
            work(first, std::span<const u8>(batch.weights + end[0], batch.weights + end[1]));
    }
}

// Counts the words of a row: text.word_counts.count_words.
i64 count_words(std::span<const u8> weights, i64 table_columns) {
    const auto has_digit = [](u8 weight) { return (weight & HAS_DIGIT) != 0; };
    const bool are_names = std::count_if(weights.begin(), weights.end(), has_digit) <= table_columns;
    i64 weight_sum = 0;
    for (const u8 weight : weights) weight_sum += are_names && has_digit(weight) ? 0 : weight & WEIGHT_BITS;
    return weight_sum / 3;
}

// Returns the largest number of numbers in a table row: text.word_counts.max_table_columns.
i64 max_table_columns(const DocumentMatcher& document) {
    i64 most = 0;
    for (i64 block = 0; block < document.count(); ++block) {
        const auto weights = document.weights_of(block);
        const auto numbers = std::count(weights.begin(), weights.end(), 0);
        const auto inside = std::count(weights.begin(), weights.end(), INSIDE_WORD);
        if (!document.repeats(block) && 2 * numbers >= std::ssize(weights) - inside) most = std::max(most, numbers);
    }
    return most;
}

// Counts the words of the longest line of verse or of a list, nothing for prose: text.word_counts.longest_line_words.
std::optional<i64> longest_line_words(const Texts& blocks, i64 block, i64 table_columns, const CutRule& rule) {
    const i64 end = blocks.offsets[block + 1];
    const Bytes bytes(blocks.utf8, static_cast<std::size_t>(end));
    std::vector<Line> lines;
    for (i64 start = blocks.offsets[block], stop = start; start < end; start = stop + 1) {
        const auto is_break = [](u8 byte) { return byte == '\n' || byte == '\r'; };
        stop = std::find_if(bytes.begin() + start, bytes.end(), is_break) - bytes.begin();
        add_line(bytes, start, stop, lines);
        if (lines.back().size == 0) lines.pop_back();
    }
    if (lines.size() <= 1 || is_wrapped(bytes, lines, rule)) return std::nullopt;
    std::vector<i64> edges;
    for (const Line& line : lines) edges.push_back(line.start);
    edges.push_back(end);
    Texts rows = blocks;
    rows.offsets = edges.data();
    i64 most = 0;
    for_words(rows, std::ssize(lines), [&](i64, std::span<const u8> weights) {
        most = std::max(most, count_words(weights, table_columns));
    });
    return most;
}

// Tells whether a block is an item of a list or a row of a table: block_matches.is_list_item.
bool is_list_item(std::string_view text, const BlockRule& rule) {
    constexpr std::string_view BLANKS = " \t\n\r";
    text.remove_prefix(std::min(text.find_first_not_of(BLANKS), text.size()));
    text = text.substr(0, text.find_last_not_of(BLANKS) + 1);
    if (text.find_first_of("\t|") != text.npos) return true;
    // Takes one of some characters from the start of the text.
    const auto take = [&](std::string_view marks) {
        for (std::size_t size = 1, at = 0; at < marks.size(); at += size) {
            for (size = 1; at + size < marks.size() && (marks[at + size] & 0xC0) == 0x80;) ++size;
            if (!text.starts_with(marks.substr(at, size))) continue;
            text.remove_prefix(size);
            return true;
        }
        return false;
    };
    if (take(rule.bullets)) return take(" ");
    take("(");
    if (!text.empty() && (('a' <= (text[0] | 0x20)) && (text[0] | 0x20) <= 'z')) {
        text.remove_prefix(1);
        return take(".)") && take(" ");
    }
    i64 digits = 0;
    while (digits < 3 && take("0123456789")) ++digits;
    return digits > 0 && (take(".):]") || (take(" ") && take(rule.item_dashes))) && take(" ");
}

// Groups the copies among the blocks; numeric variants are no copies: block_matches.variant_groups.
std::optional<VariantGroups> variant_groups(const DocumentMatcher& document) {
    std::vector<i64> near;
    for (i64 block = 0; block < document.count(); ++block)
        if (document.repeats(block) && !document.is_exact(block)) near.push_back(block);
    if (!document.variants().settings().keep_variants || near.empty()) return std::nullopt;
    const Texts& blocks = document.blocks();
    VariantGroups found{{document.witness().begin(), document.witness().end()}, {}};
    if (blocks.characters)
        for_words(blocks, document.count(),
                  [&](i64, std::span<const u8> weights) { found.token_counts.push_back(std::ssize(weights)); });
    else
        for (i64 block = 0; block < document.count(); ++block) found.token_counts.push_back(document.token_count(block));
    PairRule rule(document.variants(), blocks, nullptr);
    for (const i64 block : near) {
        const auto* utf8 = reinterpret_cast<const char*>(blocks.utf8);
        const bool is_item = is_list_item({utf8 + blocks.offsets[block], utf8 + blocks.offsets[block + 1]}, document.rule());
        if (!rule.is_numeric_variant(block, document.witness()[block], document.similarity()[block], is_item)) continue;
        found.groups[block] = document.representative()[block];
        if (is_item) found.token_counts[block] = 0;
    }
    return found;
}
}  // namespace

std::vector<i64> words_of(const DocumentMatcher& document, const CutRule& rule) {
    const i64 columns = max_table_columns(document);
    std::vector<i64> words;
    for (i64 block = 0; block < document.count(); ++block) {
        std::optional<i64> in_line;
        if (document.repeats(block)) in_line = longest_line_words(document.blocks(), block, columns, rule);
        words.push_back(in_line ? *in_line : count_words(document.weights_of(block), columns));
    }
    return words;
}

double overlap_coefficient(std::span<const u64> left, std::span<const u64> right) {
    std::size_t shared = 0;
    for (std::size_t one = 0, other = 0; one < left.size() && other < right.size();) {
        const u64 value = left[one], other_value = right[other];
        shared += value == other_value;
        one += value <= other_value, other += other_value <= value;
    }
    const std::size_t size = std::max<std::size_t>(std::min(left.size(), right.size()), 1);
    return static_cast<double>(shared) / static_cast<double>(size);
}
std::vector<BlockRun> find_runs(const DocumentMatcher& document, const RunRule& rule, const CutRule& cut_rule) {
    const i64 count = document.count();
    std::vector<i64> with_tokens, step(static_cast<std::size_t>(count));
    bool repeats = false;
    for (i64 block = 0; block < count; ++block) {
        repeats = repeats || document.repeats(block);
        if (document.token_count(block) > 0) with_tokens.push_back(block);
    }
    if (!repeats) return {};
    for (i64 place = 0; place < std::ssize(document.order()); ++place) step[document.order()[place]] = place;
    const std::vector<i64> words = words_of(document, cut_rule);
    const std::optional<VariantGroups> variants = variant_groups(document);
    const auto is_changed_copy = [&](i64 copy, i64 original) {
        return overlap_coefficient(document.shingles_of(copy), document.shingles_of(original)) >= rule.changed_copy_overlap;
    };
    return find_block_runs(with_tokens,
                           {document.witness(), step, words, is_changed_copy, variants ? &*variants : nullptr}, rule);
}
}  // namespace dedup
