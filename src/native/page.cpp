// A chunk of pairs that a stranger may have written: what is checked before it is read, and where a bucket is.
#include "page.hpp"

#include <algorithm>
#include <array>

namespace dedup {
namespace {
constexpr u64 LARGEST_SHIFT = 31, LARGEST_WIDTH = 32;  // of what pairs of a key and a row, of 32 bits each, can have
}  // namespace

Head Chunk::head_of(std::span<const u64> words, u64 sampled) {
    if (words.size() < 2) throw DamagedChunk("a chunk of pairs is cut short");
    const u64 keys = words[0], sizes = words[1];
    return {sizes & 0xFFFF,      keys & LOW_HALF,    keys >> 32, sizes >> 16 & 0xFFFF,
            sizes >> 32 & 0xFF, sizes >> 40 & 0xFF, sampled};
}

bool Chunk::is_whole(u64 size) const {
    return head_.pairs > 0 && head_.shift <= LARGEST_SHIFT && head_.width <= LARGEST_WIDTH && head_.end == size &&
           has_whole_buckets();
}

// Tells whether there is a bit for each pair and one for the end of each bucket, that of the last one behind all, and
// whether each place is that of its bucket.
bool Chunk::has_whole_buckets() const {
    const u64* flags = words_ + head_.flags;
    const u64 bits = head_.pairs + head_.buckets, words = words_for(bits);
    std::array<u64, words_for(2 * MOST_IN_CHUNK) + 1> before;  // pairs, each word
    u64 ones = 0;
    for (u64 word = 0; word < words; ++word) before[word] = ones, ones += count_ones(flags[word]);
    before[words] = ones;
    if (ones != head_.pairs || flag_at(bits - 1) || (bits % WORD_BITS && flags[words - 1] >> bits % WORD_BITS))
        return false;
    bool whole = true;
    for (u64 sample = 0; sample <= head_.buckets / head_.sampled; ++sample) {
        const u64 pairs = place(sample), bit = pairs + sample * head_.sampled;
        if (pairs > head_.pairs) return false;
        const u64 inside = flags[bit / WORD_BITS] & lowest_bits(bit % WORD_BITS);
        whole &= before[bit / WORD_BITS] + count_ones(inside) == pairs;
        whole &= bit == 0 || !flag_at(bit - 1);  // otherwise it is amid a bucket
    }
    return whole;
}

u64 Chunk::bit_of(u64 bucket) const {
    const u64 sample = bucket / head_.sampled;
    u64 bit = place(sample) + sample * head_.sampled, left = bucket % head_.sampled;
    while (left > 0) {
        const u64 offset = bit % WORD_BITS;
        u64 ended = ~words_[head_.flags + bit / WORD_BITS] >> offset;  // beyond the word there are none: zeros come in
        const u64 ends = count_ones(ended);
        if (ends < left) {
            left -= ends, bit += WORD_BITS - offset;
            continue;
        }
        while (--left > 0) ended &= ended - 1;
        return bit + first_one(ended) + 1;  // the last of them is the end of the bucket before
    }
    return bit;
}

std::vector<Chunk> chunks_in(std::span<const u64> words, std::span<const i64> edges, u64 sampled) {
    if (sampled == 0) throw std::invalid_argument("sampled: no bucket has a place");
    if (edges.empty() || edges.front() < 0 || !std::is_sorted(edges.begin(), edges.end()) ||
        edges.back() > static_cast<i64>(words.size()) - static_cast<i64>(SPARE))
        throw std::invalid_argument("edges: beyond the words");
    std::vector<Chunk> chunks;
    chunks.reserve(edges.size() - 1);
    for (std::size_t number = 0; number + 1 < edges.size(); ++number) {
        const auto start = static_cast<std::size_t>(edges[number]), stop = static_cast<std::size_t>(edges[number + 1]);
        chunks.emplace_back(words.subspan(start, stop - start), sampled);
    }
    return chunks;
}
}  // namespace dedup
