// Matches each block of a document with the kept blocks: documents/block_matches.py.
#include "block_matches.hpp"

#include <numeric>

#include "keep_first.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
// The shingles of blocks: block b has values[offsets[b]] to values[offsets[b + 1]], sorted and unique.
struct ShingleSets {
    std::span<const u64> values;
    std::span<const i64> offsets;  // (n + 1,)
    i64 size_of(i64 block) const { return offsets[block + 1] - offsets[block]; }
    std::span<const u64> of(i64 block) const { return values.subspan(offsets[block], size_of(block)); }
};

// The kept blocks of a text, with a posting list for each shingle. The candidates of a block are all kept blocks that
// share a shingle with it.
class KeptBlocks {
   public:
    KeptBlocks(const ShingleSets& sets, const BlockRule& rule)
        : sets_(sets), rule_(rule), shared_counts_(sets.offsets.size()) {
        last_posting_.clear(sets.values.size());
    }
    void insert(i64 block) {
        for (const u64 shingle : sets_.of(block)) {
            u32& last = last_posting_[shingle];
            postings_.push_back({block, last});
            last = static_cast<u32>(postings_.size());
        }
    }
    // Finds the most similar kept block. The shared shingles are counted, so similarities are exact.
    BestCandidate best_candidate(i64 block) {
        candidates_.clear(), scores_.clear();
        for (const u64 shingle : sets_.of(block)) {
            const u32* last = last_posting_.find(shingle);
            for (u32 number = last ? *last : 0; number > 0; number = postings_[number - 1].previous)
                if (const i64 other = postings_[number - 1].block; shared_counts_[other]++ == 0)
                    candidates_.push_back(other);
        }
        if (candidates_.empty()) return {block, 0.0};
        const i64 size = sets_.size_of(block);
        for (const i64 other : candidates_) {
            const i64 shared = shared_counts_[other];
            const i64 total = rule_.contained ? size : size + sets_.size_of(other) - shared;
            shared_counts_[other] = 0;
            scores_.push_back(static_cast<double>(shared) / static_cast<double>(total));
        }
        return most_similar<i64>(candidates_, scores_, rule_.threshold, [](i64, double) { return false; });
    }

   private:
    struct Posting {
        i64 block;
        u32 previous;  // the number of the previous posting of the shingle, counted from 1; 0 for none
    };
    const ShingleSets sets_;
    const BlockRule& rule_;
    HashCounter last_posting_;  // of each shingle the number of its last posting, 0 for none
    std::vector<Posting> postings_;
    std::vector<i64> candidates_;
    std::vector<i64> shared_counts_;  // by block: the shingles that it shares with the block that is looked up
    std::vector<double> scores_;
};
}  // namespace

bool DocumentMatcher::match() {
    if (blocks_.offsets[count_] - blocks_.offsets[0] > rule_.max_bytes) return false;
    if (!hash() || (count_ > rule_.max_blocks && !share_few_shingles())) return false;
    find_order();
    find_representatives();
    witness_.resize(representative_.size());
    std::iota(witness_.begin(), witness_.end(), 0);
    similarity_.assign(representative_.size(), 0.0);
    std::vector<i32> kept(representative_.size(), -1);
    KeptBlocks blocks({shingles_, set_ends_}, rule_);
    for (const i64 block : order_)
        keep_first(block, representative_[block], false, rule_.threshold, {witness_, similarity_, {}, kept}, blocks);
    return true;
}

// Hashes the blocks. Returns false, and stops, if they are too many and have too many shingles.
bool DocumentMatcher::hash() {
    RowHasher hasher(blocks_, 0, count_);
    const RowBatch batch = hasher.weighted_batch();
    const auto room = static_cast<std::size_t>((blocks_.offsets[count_] - blocks_.offsets[0]) / 3);
    tokens_.reserve(room), thirds_.reserve(room), shingles_.reserve(room);
    for (i64 first = 0, stop = 0; first < count_; first = stop) {
        stop = kernels_in_use().hash_batch(blocks_, first, count_, batch);
        for (i64 row = 0; row < stop - first; ++row) add(batch, batch.ends[row], batch.ends[row + 1]);
        if (count_ > rule_.max_blocks && std::ssize(shingles_) > rule_.max_shingles) return false;
    }
    return true;
}

void DocumentMatcher::add(const RowBatch& batch, i64 start, i64 end) {
    tokens_.insert(tokens_.end(), batch.tokens + start, batch.tokens + end);
    thirds_.insert(thirds_.end(), batch.weights + start, batch.weights + end);
    ends_.push_back(std::ssize(tokens_));
    u64* begin = batch.shingles + start;
    u64* behind = begin + shingles_in(end - start, blocks_.ngram_size);
    std::sort(begin, behind);
    shingles_.insert(shingles_.end(), begin, std::unique(begin, behind));
    set_ends_.push_back(std::ssize(shingles_));
}

// Returns whether all pairs of blocks together share few enough shingles to be compared.
bool DocumentMatcher::share_few_shingles() const {
    std::vector<u64> sorted = shingles_;
    std::sort(sorted.begin(), sorted.end());
    i64 shared = 0, equal_before = 0;
    for (std::size_t place = 1; place < sorted.size(); ++place) {
        equal_before = sorted[place] == sorted[place - 1] ? equal_before + 1 : 0;
        shared += equal_before;
    }
    return shared <= rule_.max_shared_shingles;
}

// Orders the blocks with tokens as keep_first.PROCESSING_ORDERS does.
void DocumentMatcher::find_order() {
    for (i64 block = 0; block < count_; ++block)
        if (token_count(block) > 0) order_.push_back(block);
    if (rule_.keep == "last") std::reverse(order_.begin(), order_.end());
    if (rule_.keep == "longest")
        std::stable_sort(order_.begin(), order_.end(),
                         [&](i64 block, i64 other) { return token_count(block) > token_count(other); });
}

// Finds the representative of each block: the first of its exact copies in processing order. Exact copies have the
// same tokens, and the same numbers if numeric variants are kept.
void DocumentMatcher::find_representatives() {
    representative_.resize(static_cast<std::size_t>(count_));
    std::iota(representative_.begin(), representative_.end(), 0);
    HashCounter first;  // of each hash of tokens its first block, counted from 1
    first.clear(order_.size());
    const auto is_copy = [&](i64 block, i64 other) {
        const auto tokens = tokens_of(block), other_tokens = tokens_of(other);
        if (!std::equal(tokens.begin(), tokens.end(), other_tokens.begin(), other_tokens.end())) return false;
        return !variants_.settings().keep_variants || same_numbers(variants_.marks(), blocks_, other, block);
    };
    for (const i64 block : order_) {
        u64 value = 0;
        for (const u64 token : tokens_of(block)) value = mix(value + token);
        while (first[value] > 0 && !is_copy(block, first[value] - 1)) value = mix(value);
        if (first[value] == 0) first[value] = static_cast<u32>(block) + 1;
        representative_[block] = first[value] - 1;
    }
}
}  // namespace dedup
