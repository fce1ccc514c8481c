// A page of postings that a stranger may have written: it is checked before it is read, and searched by bucket.
#include "page.hpp"

#include <algorithm>
#include <array>

namespace dedup {
namespace {
constexpr u64 MAX_LOW_BITS = 31, MAX_ROW_BITS = 32;  // keys and rows have 32 bits
}  // namespace

PageHeader Page::read_header(std::span<const u64> words, u64 skip_buckets) {
    if (words.size() < 2) throw DamagedPage("a page of postings is cut short");
    const u64 keys = words[0], sizes = words[1];
    return {sizes & 0xFFFF,      keys & LOW_HALF,    keys >> 32, sizes >> 16 & 0xFFFF,
            sizes >> 32 & 0xFF, sizes >> 40 & 0xFF, skip_buckets};
}

bool Page::is_valid(u64 size) const {
    return header_.postings > 0 && header_.low_bits <= MAX_LOW_BITS && header_.row_bits <= MAX_ROW_BITS &&
           header_.end == size && has_valid_buckets();
}

// Returns whether the bucket bits have a 1 for each posting and a 0 at the end of each bucket, the last one behind all
// postings, and whether each skip offset is right.
bool Page::has_valid_buckets() const {
    const u64* bucket_bits = words_ + header_.buckets_begin;
    const u64 bits = header_.postings + header_.buckets, words = words_for(bits);
    std::array<u64, words_for(2 * MAX_PAGE_ITEMS) + 1> before;  // ones before each word
    u64 ones = 0;
    for (u64 word = 0; word < words; ++word) before[word] = ones, ones += count_ones(bucket_bits[word]);
    before[words] = ones;
    if (ones != header_.postings || bucket_bit(bits - 1) ||
        (bits % WORD_BITS && bucket_bits[words - 1] >> bits % WORD_BITS))
        return false;
    bool valid = true;
    for (u64 skip = 0; skip <= header_.buckets / header_.skip_buckets; ++skip) {
        const u64 offset = skip_offset(skip), bit = offset + skip * header_.skip_buckets;
        if (offset > header_.postings) return false;
        const u64 inside = bucket_bits[bit / WORD_BITS] & lowest_bits(bit % WORD_BITS);
        valid &= before[bit / WORD_BITS] + count_ones(inside) == offset;
        valid &= bit == 0 || !bucket_bit(bit - 1);  // a bucket begins behind the end of another
    }
    return valid;
}

u64 Page::bucket_begin(u64 bucket) const {
    const u64 skip = bucket / header_.skip_buckets;
    u64 bit = skip_offset(skip) + skip * header_.skip_buckets, left = bucket % header_.skip_buckets;
    while (left > 0) {
        const u64 offset = bit % WORD_BITS;
        u64 zeros = ~words_[header_.buckets_begin + bit / WORD_BITS] >> offset;  // a 1 for each end of a bucket
        const u64 ends = count_ones(zeros);
        if (ends < left) {
            left -= ends, bit += WORD_BITS - offset;
            continue;
        }
        while (--left > 0) zeros &= zeros - 1;
        return bit + first_one(zeros) + 1;
    }
    return bit;
}

std::vector<Page> pages_in(std::span<const u64> words, std::span<const i64> edges, u64 skip_buckets) {
    if (skip_buckets == 0) throw std::invalid_argument("skip_buckets: must be at least 1");
    if (edges.empty() || edges.front() < 0 || !std::is_sorted(edges.begin(), edges.end()) ||
        edges.back() > static_cast<i64>(words.size()) - static_cast<i64>(SPARE_WORDS))
        throw std::invalid_argument("edges: must ascend and end two words before the last");
    std::vector<Page> pages;
    pages.reserve(edges.size() - 1);
    for (std::size_t number = 0; number + 1 < edges.size(); ++number) {
        const auto start = static_cast<std::size_t>(edges[number]), stop = static_cast<std::size_t>(edges[number + 1]);
        pages.emplace_back(words.subspan(start, stop - start), skip_buckets);
    }
    return pages;
}
}  // namespace dedup
