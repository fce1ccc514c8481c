// A page of postings, as dedup/index/stores/pages.py specifies it. A stranger may have written the page.
#pragma once
#include <bit>
#include <span>
#include <stdexcept>
#include <vector>

#include "types.hpp"

namespace dedup {
constexpr u64 LOW_HALF = 0xFFFFFFFF;  // of a posting: its row; of the first word: the first key
constexpr u64 WORD_BITS = 64, SKIP_OFFSET_BITS = 16;
constexpr u64 SPARE_WORDS = 2;  // behind each buffer: reads and writes may touch the words behind a page
constexpr u64 MAX_PAGE_ITEMS = 0xFFFF;  // postings, and buckets: the header has 16 bits for each number

// A page of an index file is not what was written there.
struct DamagedPage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr u64 words_for(u64 bits) { return (bits + WORD_BITS - 1) / WORD_BITS; }
constexpr u64 lowest_bits(u64 count) { return (u64{1} << count) - 1; }  // for counts below 64
// std::popcount calls a function where the processor may lack the instruction (Warren, Hacker's Delight, ch. 5).
constexpr u64 count_ones(u64 word) {
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return word * 0x0101010101010101 >> 56;
}
constexpr u64 first_one(u64 word) { return static_cast<u64>(std::countr_zero(word)); }

// The fields of the header, and the words where the parts of the page begin.
struct PageHeader {
    u64 postings, first_key, min_row;
    u64 buckets, skip_buckets;  // number of buckets, and buckets between two skip offsets
    u64 low_bits, row_bits;     // bits of a key within its bucket, and of a row above min_row
    u64 skips_begin, buckets_begin, values_begin, end;

    PageHeader(u64 count, u64 key, u64 row, u64 bucket_count, u64 key_width, u64 row_width, u64 skip)
        : postings(count), first_key(key), min_row(row), buckets(bucket_count), skip_buckets(skip), low_bits(key_width),
          row_bits(row_width), skips_begin(2),
          buckets_begin(skips_begin + words_for(SKIP_OFFSET_BITS * (buckets / skip_buckets + 1))),
          values_begin(buckets_begin + words_for(postings + buckets)),
          end(values_begin + words_for(postings * (low_bits + row_bits))) {}

    u64 value_bits() const { return low_bits + row_bits; }
    // The key and the row of a posting, by its bucket and value.
    u64 key_of(u64 bucket, u64 value) const { return first_key + (bucket << low_bits) + (value >> row_bits); }
    u64 row_of(u64 value) const { return min_row + (value & lowest_bits(row_bits)); }
};

// A page whose words were checked. SPARE_WORDS words of any content follow it.
class Page {
   public:
    // Throws DamagedPage unless the header fits the number of words, and bucket bits and skip offsets agree with it.
    Page(std::span<const u64> words, u64 skip_buckets)
        : words_(words.data()), header_(read_header(words, skip_buckets)) {
        if (!is_valid(words.size())) throw DamagedPage("a page of postings is damaged");
    }
    const PageHeader& header() const { return header_; }

    // Calls visit(bucket, value) for each posting, until it returns false.
    template <class Visit>
    void for_each_posting(Visit visit) const {
        const u64 bits = header_.value_bits(), count = header_.postings;
        const u64 *bucket_bits = words_ + header_.buckets_begin, *values = words_ + header_.values_begin;
        u64 number = 0;
        for (u64 first_bit = 0; number < count; first_bit += WORD_BITS)
            for (u64 word = bucket_bits[first_bit / WORD_BITS]; word; word &= word - 1, ++number)
                if (!visit(first_bit + first_one(word) - number, read_bits(values, number * bits, bits))) return;
    }
    // Calls visit(value) for each posting of a bucket, until it returns false.
    template <class Visit>
    void for_each_in_bucket(u64 bucket, Visit visit) const {
        const u64 bits = header_.value_bits();
        const u64* values = words_ + header_.values_begin;
        for (u64 bit = bucket_begin(bucket); bucket_bit(bit); ++bit)
            if (!visit(read_bits(values, (bit - bucket) * bits, bits))) return;
    }

   private:
    static PageHeader read_header(std::span<const u64> words, u64 skip_buckets);
    bool is_valid(u64 size) const;
    bool has_valid_buckets() const;

    // Reads `bits` bits, fewer than 64, from a bit on. It also reads the next word, which may have none of them: a
    // branch would be mispredicted too often.
    static u64 read_bits(const u64* begin, u64 bit, u64 bits) {
        const u64* word = begin + bit / WORD_BITS;
        const u64 offset = bit % WORD_BITS;
        return (word[0] >> offset | word[1] << 1 << (WORD_BITS - 1 - offset)) & lowest_bits(bits);
    }
    u64 bucket_bit(u64 bit) const { return words_[header_.buckets_begin + bit / WORD_BITS] >> bit % WORD_BITS & 1; }
    u64 skip_offset(u64 number) const {
        return read_bits(words_ + header_.skips_begin, number * SKIP_OFFSET_BITS, SKIP_OFFSET_BITS);
    }
    // The first bucket bit of a bucket; minus the number of the bucket it is the number of its first posting.
    u64 bucket_begin(u64 bucket) const;

    const u64* words_;
    PageHeader header_;
};

// The pages that lie end to end: page i is words[edges[i]] to words[edges[i + 1]]. Throws DamagedPage if a page is
// damaged, and std::invalid_argument if the edges do not ascend, or leave fewer than SPARE_WORDS words.
std::vector<Page> pages_in(std::span<const u64> words, std::span<const i64> edges, u64 skip_buckets);
}  // namespace dedup
