// Finds the runs of repeated blocks that are long enough to be removed: documents/block_runs.py.
#include "block_runs.hpp"

namespace dedup {
namespace {
// `length` blocks from `copy` on that repeat as many from `original` on.
struct AlignedRun {
    i64 copy, original, length;
    i64 stop() const { return copy + length; }
    i64 diagonal() const { return original - copy; }
};

// Finds runs among blocks, and decides which are long enough to be removed. Inside, blocks are numbered among the
// blocks that are searched. A diagonal is the difference between an original and its copy.
class RunFinder {
   public:
    RunFinder(std::span<const i64> blocks, const BlockRepeats& repeats, const RunRule& rule);

    // Returns the runs that are long enough, and the blocks that continue them.
    std::vector<BlockRun> long_runs();
    // Returns the copies of blocks that occur at least `min_loop_count` times.
    std::vector<BlockRun> loops() const;

   private:
    // The blocks of a group, ascending.
    std::span<const i64> members(i64 group) const {
        return std::span(members_).subspan(begins_[group], begins_[group + 1] - begins_[group]);
    }
    bool is_pair(i64 block) const { return std::ssize(members(groups_[block])) == rule_.pair; }
    bool repeats(i64 copy, i64 diagonal) const {
        const i64 original = copy + diagonal;
        if (std::min(copy, original) < 0 || std::max(copy, original) >= count_) return false;
        return groups_[copy] == groups_[original] && priority_[original] < priority_[copy];
    }
    AlignedRun extended(i64 block, i64 diagonal);
    AlignedRun longest_run(i64 block, i64 first);
    bool is_long_enough(const AlignedRun& run);
    bool is_short_variant(const AlignedRun& run, const AlignedRun* continued = nullptr) const;
    bool is_beside_changed_copy(const AlignedRun& run) const;
    void add_continuations(const AlignedRun& run, i64 step, std::vector<AlignedRun>& runs);

    const BlockRepeats& repeats_;
    const RunRule& rule_;
    std::span<const i64> blocks_;  // their numbers in the text
    i64 count_;
    std::vector<i64> groups_, priority_, words_, tokens_;  // by block
    std::vector<bool> is_variant_, is_taken_;              // by block
    std::vector<i64> begins_, members_, firsts_;           // by group: its blocks, and the original of them all
    std::vector<i64> place_;                               // by block: its place in `members_`
    std::vector<AlignedRun> extended_;                     // the last run found on each diagonal
    std::vector<i64> group_words_;                         // by group; -1 outside of `is_long_enough`
};

RunFinder::RunFinder(std::span<const i64> blocks, const BlockRepeats& repeats, const RunRule& rule)
    : repeats_(repeats), rule_(rule), blocks_(blocks), count_(std::ssize(blocks)) {
    const auto group_count = repeats.groups.size();
    begins_.assign(group_count + 1, 0), firsts_.assign(group_count, -1), group_words_.assign(group_count, -1);
    for (const i64 block : blocks) {
        groups_.push_back(repeats.groups[block]), priority_.push_back(repeats.priority[block]);
        words_.push_back(std::min(repeats.words[block], rule.min_words));
        tokens_.push_back(repeats.variants ? repeats.variants->token_counts[block] : 0);
        is_variant_.push_back(repeats.variants && repeats.variants->groups[block] != repeats.groups[block]);
        ++begins_[groups_.back() + 1];
    }
    for (std::size_t group = 0; group < group_count; ++group) begins_[group + 1] += begins_[group];
    std::vector<i64> next(begins_);
    members_.resize(blocks.size()), place_.resize(blocks.size());
    for (i64 block = 0; block < count_; ++block) {
        i64& first = firsts_[groups_[block]];
        if (first < 0 || priority_[block] < priority_[first]) first = block;
        place_[block] = next[groups_[block]]++;
        members_[place_[block]] = block;
    }
    is_taken_.resize(blocks.size());
    extended_.resize(2 * blocks.size());
}

std::vector<BlockRun> RunFinder::long_runs() {
    std::vector<AlignedRun> runs;
    i64 short_start = 0, short_stop = 0, searched = 0;
    for (i64 block = 0; block < count_; ++block) {
        if (block < searched || firsts_[groups_[block]] == block) continue;
        const AlignedRun run = longest_run(block, searched);
        // A part of a run that was too short is too short as well.
        if (run.copy >= short_start && run.stop() <= short_stop) continue;
        if (is_long_enough(run) && !is_short_variant(run))
            runs.push_back(run), searched = run.stop();
        else
            short_start = run.copy, short_stop = run.stop();
    }
    for (const AlignedRun& run : runs) std::fill_n(is_taken_.begin() + run.copy, run.length, true);
    const std::vector<AlignedRun> found(runs);
    for (const AlignedRun& run : found)
        for (const i64 step : {1, -1}) add_continuations(run, step, runs);
    std::vector<BlockRun> result;
    for (const AlignedRun& run : runs) {
        const auto copy = blocks_.subspan(run.copy, run.length), original = blocks_.subspan(run.original, run.length);
        result.push_back({{copy.begin(), copy.end()}, {original.begin(), original.end()}});
    }
    return result;
}

std::vector<BlockRun> RunFinder::loops() const {
    std::vector<BlockRun> runs;
    for (i64 group = 0; group < std::ssize(firsts_); ++group) {
        if (std::ssize(members(group)) < rule_.min_loop_count) continue;
        i64 last = -2;
        for (const i64 block : members(group)) {
            if (block == firsts_[group] || rule_.loop_words_divisor * words_[block] < rule_.min_words) continue;
            if (block != last + 1) runs.emplace_back();
            runs.back().copies.push_back(blocks_[block]);
            runs.back().originals.push_back(blocks_[firsts_[group]]);
            last = block;
        }
    }
    return runs;
}

// Returns the longest run of copies that contains a block, from block `first` on; of equally long ones that with the
// original of lowest priority.
AlignedRun RunFinder::longest_run(i64 block, i64 first) {
    const std::span<const i64> all = members(groups_[block]);
    const i64 at = place_[block] - begins_[groups_[block]];
    const i64 begin = std::max(at - rule_.max_near_copies, i64{0});
    const i64 end = std::min(at + 1 + rule_.max_near_copies, std::ssize(all));
    AlignedRun longest{};
    i64 lowest = -1;  // the original of the longest run
    const auto consider = [&](i64 original) {
        const AlignedRun copies = extended(block, original - block);
        const i64 start = std::max(copies.copy, first), length = copies.stop() - start;
        const bool is_lower = lowest >= 0 && priority_[original] < priority_[lowest];
        if (lowest >= 0 && (length < longest.length || (length == longest.length && !is_lower))) return;
        longest = {start, start + copies.diagonal(), length}, lowest = original;
    };
    for (const i64 original : all.subspan(begin, end - begin))
        if (priority_[original] < priority_[block]) consider(original);
    if (lowest < 0) consider(firsts_[groups_[block]]);
    return longest;
}

// Returns all of the run on a diagonal that contains a block.
AlignedRun RunFinder::extended(i64 block, i64 diagonal) {
    AlignedRun& run = extended_[diagonal + count_];
    if (run.copy <= block && block < run.stop()) return run;
    i64 start = block, stop = block + 1;
    while (repeats(start - 1, diagonal)) --start;
    while (repeats(stop, diagonal)) ++stop;
    return run = {start, start + diagonal, stop - start};
}

// Tells whether a run is more than intentional repetition.
bool RunFinder::is_long_enough(const AlignedRun& run) {
    const i64 distance = std::abs(run.diagonal());
    if (run.length == 1 && is_pair(run.copy) && distance >= rule_.far_blocks) return is_beside_changed_copy(run);
    const auto cube = [](i64 words) { return words * words * words; };  // at most 2^60
    bool only_pairs = true, is_enough = false;
    i64 sum = 0, groups = 0;
    for (i64 block = run.copy; block < run.stop(); ++block) {
        i64& words = group_words_[groups_[block]];
        groups += words < 0, only_pairs = only_pairs && is_pair(block);
        if (words_[block] <= words) continue;
        sum += cube(words_[block]) - (words < 0 ? 0 : cube(words));
        words = words_[block];
        is_enough = is_enough || sum >= cube(rule_.min_words);
        if (is_enough) break;
    }
    for (i64 block = run.copy; block < run.stop(); ++block) group_words_[groups_[block]] = -1;
    if (is_enough) return true;
    const bool is_most_of_text = 10 * run.length >= rule_.doubled_tenths * count_;
    if (distance >= run.length && groups >= rule_.min_doubled_blocks && is_most_of_text) return true;
    return only_pairs && is_beside_changed_copy(run);
}

// Tells whether a run has other numbers than its original, and few tokens, with those of the run that it continues.
bool RunFinder::is_short_variant(const AlignedRun& run, const AlignedRun* continued) const {
    const auto begin = is_variant_.begin() + run.copy;
    if (std::find(begin, begin + run.length, true) == begin + run.length) return false;
    i64 tokens = 0;
    for (const AlignedRun* part : {&run, continued}) {
        if (!part) continue;
        // A run that overlaps its original consists of several texts, each as long as the distance of the two.
        const i64 stop = part->copy + std::min(part->length, std::abs(part->diagonal()));
        for (i64 block = part->copy; block < stop; ++block) tokens += tokens_[block];
    }
    return tokens <= rule_.short_variant_tokens;
}

bool RunFinder::is_beside_changed_copy(const AlignedRun& run) const {
    const i64 diagonal = run.diagonal();
    const auto is_changed = [&](i64 block) {
        const i64 other = block + diagonal;
        return std::min(words_[block], words_[other]) >= rule_.min_words &&
               repeats_.is_changed_copy(blocks_[block], blocks_[other]);
    };
    for (i64 block = std::max({run.copy - rule_.max_gap_blocks, -diagonal, i64{0}}); block < run.copy; ++block)
        if (is_changed(block)) return true;
    const i64 stop = std::min(run.stop() + rule_.max_gap_blocks, count_ - std::max(diagonal, i64{0}));
    for (i64 block = run.stop(); block < stop; ++block)
        if (is_changed(block)) return true;
    return false;
}

// Adds the runs that continue a copy forwards (1) or backwards (-1). A run of a single block is not continued by a
// block that occurs more than twice, such as the name of a speaker.
void RunFinder::add_continuations(const AlignedRun& run, i64 step, std::vector<AlignedRun>& runs) {
    const i64 diagonal = run.diagonal();
    i64 end = step > 0 ? run.stop() - 1 : run.copy;
    for (i64 block = end + step; std::abs(block - end) <= rule_.max_gap_blocks; block += step) {
        const i64 begin = block;
        while (repeats(block, diagonal) && !is_taken_[block] && (run.length > 1 || is_pair(block))) block += step;
        const i64 first = std::min(begin, block - step);
        const AlignedRun more{first, first + diagonal, std::abs(block - begin)};
        if (more.length == 0 || is_short_variant(more, &run)) continue;
        std::fill_n(is_taken_.begin() + first, more.length, true);
        end = block - step;
        runs.push_back(more);
    }
}
}  // namespace

std::vector<BlockRun> find_block_runs(std::vector<i64> blocks, const BlockRepeats& repeats, const RunRule& rule) {
    BlockRepeats same_numbers = repeats;
    if (repeats.variants) same_numbers.groups = repeats.variants->groups, same_numbers.variants = nullptr;
    std::vector<BlockRun> runs;
    std::vector<bool> is_removed(repeats.groups.size());
    while (true) {
        std::vector<BlockRun> found = RunFinder(blocks, repeats, rule).long_runs();
        if (found.empty() && repeats.variants) found = RunFinder(blocks, same_numbers, rule).long_runs();
        if (found.empty()) found = RunFinder(blocks, same_numbers, rule).loops();
        if (found.empty()) break;
        for (BlockRun& run : found) {
            for (const i64 copy : run.copies) is_removed[copy] = true;
            runs.push_back(std::move(run));
        }
        std::erase_if(blocks, [&](i64 block) { return is_removed[block]; });
    }
    std::sort(runs.begin(), runs.end(),
              [](const BlockRun& run, const BlockRun& other) { return run.copies < other.copies; });
    return runs;
}
}  // namespace dedup
