// Finds the texts that may repeat blocks of themselves, so that no other text need be cleaned: documents/clean_texts.py.
//
// A block is removed if one earlier block has most of its shingles. First we count how many of its shingles any earlier
// block has, which is at least as many. Only the texts that this finds are matched and searched for runs.
#include "body_copy.hpp"
#include "bottom_sketches.hpp"
#include "document_runs.hpp"
#include "hash_counter.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
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
bool may_be_removed(std::span<const BlockCounts> blocks, const RunRule& rule) {
    const auto min_words = static_cast<double>(rule.min_words);
    i64 with_tokens = 0, run = 0, longest_run = 0;  // consecutive copies
    double weight = 0.0;                            // of the run: the sum of the cubes of its words
    i64 loop_copies = 0;                            // copies that are removed if all are of one block
    i64 last_repeated = -rule.max_gap_blocks - 1, last_changed = last_repeated;
    for (const BlockCounts& block : blocks) {
        if (block.distinct == 0) continue;
        const auto distinct = static_cast<double>(block.distinct), earlier = static_cast<double>(block.earlier);
        const double words = static_cast<double>(block.tokens) / min_words;  // 1: enough for a single block
        const double elsewhere = earlier + static_cast<double>(block.later);
        const bool is_copy = earlier >= rule.threshold * distinct;
        run = is_copy ? run + 1 : 0;
        weight = is_copy ? weight + words * words * words : 0.0;
        if (weight >= 1) return true;
        longest_run = std::max(longest_run, run);
        loop_copies += is_copy && static_cast<double>(rule.loop_words_divisor) * words >= 1;
        if (loop_copies >= rule.min_loop_count - 1) return true;
        const bool is_repeated = elsewhere >= rule.threshold * distinct;
        const bool is_changed = words >= 1 && elsewhere >= rule.changed_copy_overlap * distinct;
        if (is_repeated && with_tokens - last_changed <= rule.max_gap_blocks) return true;
        if (is_changed && with_tokens - last_repeated <= rule.max_gap_blocks) return true;
        if (is_repeated) last_repeated = with_tokens;
        if (is_changed) last_changed = with_tokens;
        ++with_tokens;
    }
    return with_tokens > 0 && 10 * longest_run >= rule.doubled_tenths * with_tokens;
}

// Hashes texts that are cut into blocks, in memory that it uses again: text t has the rows firsts[t] to firsts[t + 1].
class TextHasher {
   public:
    explicit TextHasher(const Texts& blocks) : blocks_(blocks) {}

    // Hashes the blocks from first up to stop, which are one text.
    void hash(i64 first, i64 stop) {
        const i64 rows = stop - first;
        const i64 size = blocks_.offsets[stop] - blocks_.offsets[first] + rows + blocks_.ngram_size + 1;
        const auto room = static_cast<std::size_t>(size);
        batch_ = {scratch_memory(tokens_, room), scratch_memory(shingles_, room),
                  scratch_memory(ends_, static_cast<std::size_t>(rows) + 1)};
        count_ = kernels_in_use().hash_text(blocks_, first, stop, batch_);
    }
    i64 token_count() const { return count_; }
    std::span<const u64> tokens() const { return {batch_.tokens, static_cast<std::size_t>(count_)}; }
    // The shingles of the text.
    std::span<const u64> shingles() const {
        return {batch_.shingles, static_cast<std::size_t>(shingles_in(count_, blocks_.ngram_size))};
    }
    i64 tokens_of(i64 block) const { return batch_.ends[block + 1] - batch_.ends[block]; }
    // The shingles of a block; valid until the next call.
    std::span<const u64> shingles_of(i64 block) {
        const i64 begin = batch_.ends[block], count = tokens_of(block);
        if (0 < count && count < blocks_.ngram_size) {
            short_shingle_ = short_shingle(batch_.tokens + begin, count, blocks_.shingle_factors);
            return {&short_shingle_, 1};
        }
        return {batch_.shingles + begin, static_cast<std::size_t>(shingles_in(count, blocks_.ngram_size))};
    }

   private:
    const Texts& blocks_;
    std::vector<u64> tokens_, shingles_;
    std::vector<i64> ends_;
    RowBatch batch_{};
    i64 count_ = 0;
    u64 short_shingle_ = 0;
};

// Returns the texts in which a block may repeat another one. The rows are blocks; text t has the rows firsts[t] to
// firsts[t + 1]. Sketches all texts if `sketches` is not null.
std::vector<i64> find_repetition(const Texts& rows, std::span<const i64> firsts, const RunRule& rule,
                                 BottomSketchWriter* sketches) {
    std::vector<i64> found;
    HashCounter last_block;
    std::vector<BlockCounts> blocks;
    TextHasher hasher(rows);
    for (i64 text = 0; text + 1 < std::ssize(firsts); ++text) {
        const i64 first = firsts[text], stop = firsts[text + 1], count = stop - first;
        if (count > MAX_BLOCKS) found.push_back(text);
        const bool is_searched = 2 <= count && count <= MAX_BLOCKS;
        if (!is_searched && !sketches) continue;
        hasher.hash(first, stop);
        if (sketches) sketches->add(hasher.tokens(), hasher.shingles());
        if (!is_searched) continue;
        const i64 size = rows.offsets[stop] - rows.offsets[first];
        last_block.clear(static_cast<std::size_t>(expected_tokens(size, rows.characters)));
        if (hasher.token_count() > last_block.room()) {  // a text of ligatures may have a token for each byte
            found.push_back(text);
            continue;
        }
        blocks.resize(static_cast<std::size_t>(count));
        for (i64 block = 0; block < count; ++block) {
            blocks[block] = count_shingles(last_block, hasher.shingles_of(block), block,
                                           [&](u32 other) { ++blocks[other].later; });
            blocks[block].tokens = hasher.tokens_of(block);
        }
        if (may_be_removed(blocks, rule)) found.push_back(text);
    }
    return found;
}

// A text without its repeated blocks.
struct CleanText {
    std::vector<u8> utf8;
    i64 removed_blocks = 0;
};

// A document that Python asks about. The texts and settings must outlive it.
class DocumentHolder {
   public:
    DocumentHolder(const TextsHolder& blocks, const nb::object& rule, const PairRuleSettings& variants)
        : DocumentHolder(blocks.texts(), 0, blocks.rows(), BlockRule{rule}, variants) {}
    // The blocks are the rows of `blocks` from `first` up to `stop`.
    DocumentHolder(const Texts& blocks, i64 first, i64 stop, const BlockRule& rule, const PairRuleSettings& variants)
        : edges_(blocks.offsets + first, blocks.offsets + stop + 1),
          rule_(rule),
          document_(with_offsets(blocks, edges_), stop - first, rule_, variants) {}
    DocumentHolder(const DocumentHolder&) = delete;

    void keep(const nb::object& object) { held_.keep(object); }
    bool match() { return is_matched_ = is_matched_ || document_.match(); }
    bool find_runs(const RunRule& rule, const CutRule& cut_rule) {
        runs_ = dedup::find_runs(document_, rule, cut_rule);
        return !runs_.empty();
    }
    // Returns the text without the copies in its runs. Returns nothing if documents/clean.py may keep a copy, which is in
    // the body of the article, or if the clean text is cut in another way.
    std::optional<CleanText> clean_text(Cut cut, const BodyRule& rule, const CutRule& cut_rule,
                                        const std::string& split_by) const {
        if (has_copy_in_body(document_, runs_, rule, cut, cut_rule)) return std::nullopt;
        std::vector<bool> is_kept(static_cast<std::size_t>(document_.count()), true);
        for (const BlockRun& run : runs_)
            for (const i64 copy : run.copies) is_kept[static_cast<std::size_t>(copy)] = false;
        CleanText clean;
        const u8* const utf8 = document_.blocks().utf8;
        for (std::size_t block = 0; block < is_kept.size(); ++block) {
            if (is_kept[block])
                clean.utf8.insert(clean.utf8.end(), utf8 + edges_[block], utf8 + edges_[block + 1]);
            else
                ++clean.removed_blocks;
        }
        TextCutter cutter(clean.utf8, cut_rule);
        if (cutter.choose(0, std::ssize(clean.utf8), split_by) != cut) return std::nullopt;
        return clean;
    }
    std::vector<i64> edges() const { return edges_; }
    auto arrays() const { return document_.result(); }
    std::vector<i64> words(const CutRule& cut_rule) const {
        check_matched();
        nb::gil_scoped_release release;
        return words_of(document_, cut_rule);
    }
    // Returns the overlap coefficient of a block with each of several other blocks.
    std::vector<double> overlaps(i64 block, const Array<i64>& neighbors) const {
        check_matched();
        const std::span<const i64> numbers(neighbors.data(), neighbors.shape(0));
        check_numbers({&block, 1}, document_.count(), "block");
        check_numbers(numbers, document_.count(), "neighbors");
        std::vector<double> found;
        const std::span<const u64> shingles = document_.shingles_of(block);
        for (const i64 other : numbers) found.push_back(overlap_coefficient(shingles, document_.shingles_of(other)));
        return found;
    }
    // Returns the lengths of the runs, and the copies and originals of all.
    std::tuple<std::vector<i64>, std::vector<i64>, std::vector<i64>> runs(const nb::object& settings,
                                                                          const CutRule& cut_rule) {
        check_matched();
        if (runs_.empty()) {
            const RunRule rule{settings};
            nb::gil_scoped_release release;
            find_runs(rule, cut_rule);
        }
        std::vector<i64> lengths, copies, originals;
        for (const BlockRun& run : runs_) {
            lengths.push_back(std::ssize(run.copies));
            copies.insert(copies.end(), run.copies.begin(), run.copies.end());
            originals.insert(originals.end(), run.originals.begin(), run.originals.end());
        }
        return {std::move(lengths), std::move(copies), std::move(originals)};
    }

   private:
    void check_matched() const {
        if (!is_matched_) throw nb::value_error("blocks: not matched");
    }
    static Texts with_offsets(Texts texts, const std::vector<i64>& offsets) {
        texts.offsets = offsets.data();
        return texts;
    }

    std::vector<i64> edges_;  // of the blocks
    BlockRule rule_;
    DocumentMatcher document_;
    bool is_matched_ = false;
    std::vector<BlockRun> runs_;
    HeldObjects held_;
};

// A text that repeats blocks of itself, or that is too large to tell: then it has no document.
struct RepeatingText {
    i64 row;
    Cut cut;
    std::unique_ptr<DocumentHolder> document;
    std::optional<CleanText> clean;  // if asked for, and if Python need not clean the text
};

// Finds the texts that repeat blocks of themselves. `block` is the kind of their blocks, as in Config.
std::vector<RepeatingText> find_texts(const TextsHolder& holder, const RunRule& run_rule, const BlockRule& rule,
                                      const PairRuleSettings& variants, const CutRule& cut_rule,
                                      const std::string& block, const std::optional<BodyRule>& body_rule,
                                      BottomSketchWriter* sketches) {
    const i64 count = holder.rows();
    Texts blocks = holder.texts();
    TextCutter cutter({blocks.utf8, static_cast<std::size_t>(blocks.offsets[count])}, cut_rule);
    std::vector<i64> begins, firsts{0};
    std::vector<Cut> cuts;
    for (i64 text = 0; text < count; ++text) {
        const i64 start = blocks.offsets[text], end = blocks.offsets[text + 1];
        cuts.push_back(cutter.choose(start, end, block));
        cutter.split(start, end, cuts.back(), begins);
        firsts.push_back(std::ssize(begins));
    }
    begins.push_back(blocks.offsets[count]);
    blocks.offsets = begins.data();
    std::vector<RepeatingText> found;
    for (const i64 text : find_repetition(blocks, firsts, run_rule, sketches)) {
        auto document = std::make_unique<DocumentHolder>(blocks, firsts[text], firsts[text + 1], rule, variants);
        if (run_rule.min_words > run_rule.max_core_min_words || !document->match())
            found.push_back({text, cuts[text], nullptr, {}});
        else if (document->find_runs(run_rule, cut_rule)) {
            std::optional<CleanText> clean;
            if (body_rule) clean = document->clean_text(cuts[text], *body_rule, cut_rule, block);
            found.push_back({text, cuts[text], clean ? nullptr : std::move(document), std::move(clean)});
        }
    }
    return found;
}

// Returns the texts that repeat blocks of themselves, those that it cleaned, and the sketches of all texts if there are
// settings for them.
nb::tuple repeating_texts(
    const nb::object& texts, const nb::object& run_settings, const nb::object& settings, const nb::object& variants,
    const CutRule& cut_rule, const std::string& block, const nb::object& body_settings, const nb::object& sketch_settings) {
    const auto& holder = nb::cast<const TextsHolder&>(texts);
    const auto& variant_settings = nb::cast<const PairRuleSettings&>(variants);
    const RunRule run_rule{run_settings};
    const BlockRule rule{settings};
    std::optional<BodyRule> body_rule;
    if (!body_settings.is_none()) body_rule = BodyRule{body_settings};
    std::optional<BottomSketchWriter> sketches;
    if (!sketch_settings.is_none())
        sketches.emplace(nb::cast<const BottomSketchSettings&>(sketch_settings),
                         static_cast<std::size_t>(holder.rows()),
                         holder.texts().offsets[holder.rows()] - holder.texts().offsets[0]);
    std::vector<RepeatingText> found;
    {
        nb::gil_scoped_release release;
        found = find_texts(holder, run_rule, rule, variant_settings, cut_rule, block, body_rule,
                           sketches ? &*sketches : nullptr);
    }
    nb::list result, cleaned;
    for (RepeatingText& text : found) {
        if (text.clean) {
            const nb::bytes utf8(text.clean->utf8.data(), text.clean->utf8.size());
            cleaned.append(nb::make_tuple(text.row, utf8, text.clean->removed_blocks));
            continue;
        }
        nb::object document = nb::none();
        if (text.document) {
            text.document->keep(texts), text.document->keep(variants);
            document = nb::cast(std::move(text.document));
        }
        result.append(nb::make_tuple(text.row, static_cast<u8>(text.cut), document));
    }
    return nb::make_tuple(result, cleaned, sketches ? nb::cast(sketches->result()) : nb::object(nb::none()));
}
}  // namespace

void bind_self_repeating(nb::module_& m) {
    nb::class_<DocumentHolder>(m, "DocumentMatcher")
        .def(nb::init<const TextsHolder&, nb::object, const PairRuleSettings&>(), nb::keep_alive<1, 2>(),
             nb::keep_alive<1, 4>(), "blocks"_a, "rule"_a, "variants"_a)
        .def("match", &DocumentHolder::match, nb::call_guard<nb::gil_scoped_release>())
        .def("edges", &DocumentHolder::edges)
        .def("arrays", &DocumentHolder::arrays)
        .def("words", &DocumentHolder::words, "cut_rule"_a)
        .def("overlaps", &DocumentHolder::overlaps, "block"_a, "neighbors"_a)
        .def("find_runs", &DocumentHolder::runs, "rule"_a, "cut_rule"_a);
    m.def("repeating_texts", &repeating_texts, "texts"_a, "run_rule"_a, "rule"_a, "variants"_a, "cut_rule"_a,
          "block"_a, "body_rule"_a.none(), "sketch_settings"_a.none());
}
}  // namespace dedup
