// Encodes sorted postings in pages, and decodes pages: dedup/index/stores/pages.py.
#include "arrays.hpp"
#include "page.hpp"

namespace dedup {
namespace {
// What all pages of a run share.
struct RunLayout {
    u64 min_row, row_bits, skip_buckets;
};

PageHeader header_for(std::span<const u64> postings, const RunLayout& layout) {
    const u64 first_key = postings.front() >> 32, key_range = (postings.back() >> 32) - first_key;
    const auto bits = static_cast<u64>(std::bit_width(key_range / postings.size()));
    const u64 low_bits = bits > 0 ? bits - 1 : 0;
    return {postings.size(), first_key,       layout.min_row,     (key_range >> low_bits) + 1,
            low_bits,        layout.row_bits, layout.skip_buckets};
}

void write_skip_offset(u64* words, const PageHeader& header, u64 skip, u64 offset) {
    const u64 bit = skip * SKIP_OFFSET_BITS;
    words[header.skips_begin + bit / WORD_BITS] |= offset << bit % WORD_BITS;
}

void write_buckets(u64* words, const PageHeader& header, std::span<const u64> postings) {
    u64 skip = 0;
    for (u64 number = 0; number < header.postings; ++number) {
        const u64 bucket = ((postings[number] >> 32) - header.first_key) >> header.low_bits, bit = bucket + number;
        for (; skip * header.skip_buckets <= bucket; ++skip) write_skip_offset(words, header, skip, number);
        words[header.buckets_begin + bit / WORD_BITS] |= u64{1} << bit % WORD_BITS;
    }
    for (; skip * header.skip_buckets <= header.buckets; ++skip)
        write_skip_offset(words, header, skip, header.postings);
}

// Writes into one word behind the values, too, often zeros: a branch would be slower.
void write_values(u64* words, const PageHeader& header, std::span<const u64> postings) {
    const u64 mask = lowest_bits(header.low_bits), bits = header.value_bits();
    for (u64 number = 0; number < header.postings; ++number) {
        const u64 posting = postings[number], low_key = ((posting >> 32) - header.first_key) & mask;
        const u64 value = low_key << header.row_bits | ((posting & LOW_HALF) - header.min_row);
        u64* word = words + header.values_begin + number * bits / WORD_BITS;
        const u64 offset = number * bits % WORD_BITS;
        word[0] |= value << offset;
        word[1] |= value >> 1 >> (WORD_BITS - 1 - offset);
    }
}

// Returns how many of the postings fit into a page, at least one, by bisection.
std::size_t count_that_fits(std::span<const u64> postings, const RunLayout& layout, u64 max_words, u64 max_postings) {
    std::size_t low = 1, high = std::min<std::size_t>(postings.size(), max_postings);
    while (low < high) {
        const std::size_t middle = (low + high + 1) / 2;
        if (header_for(postings.first(middle), layout).end <= max_words)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

RunLayout layout_of(std::span<const u64> postings, u64 skip_buckets) {
    u64 min_row = LOW_HALF, max_row = 0;
    for (const u64 posting : postings)
        min_row = std::min(min_row, posting & LOW_HALF), max_row = std::max(max_row, posting & LOW_HALF);
    return {min_row, static_cast<u64>(std::bit_width(max_row - min_row)), skip_buckets};
}

std::tuple<std::vector<i64>, std::vector<u64>> encode_pages(const Array<u64>& array, u64 max_words, u64 max_postings,
                                                            u64 skip_buckets) {
    std::span<const u64> postings(array.data(), array.shape(0));
    if (skip_buckets == 0 || max_postings == 0 || max_postings > MAX_PAGE_ITEMS ||
        max_words * WORD_BITS > MAX_PAGE_ITEMS)
        throw nb::value_error("max_words: a page has at most 65,535 postings and bits");
    std::vector<i64> ends;
    std::vector<u64> words;
    nb::gil_scoped_release release;
    if (!std::is_sorted(postings.begin(), postings.end())) throw nb::value_error("postings: must ascend");
    const RunLayout layout = layout_of(postings, skip_buckets);
    u64 size = 0;
    while (!postings.empty()) {
        const std::size_t count = count_that_fits(postings, layout, max_words, max_postings);
        const PageHeader header = header_for(postings.first(count), layout);
        words.resize(size + header.end + SPARE_WORDS);
        u64* page = words.data() + size;
        page[0] = header.first_key | header.min_row << 32;
        page[1] = header.postings | header.buckets << 16 | header.low_bits << 32 | header.row_bits << 40;
        write_buckets(page, header, postings);
        write_values(page, header, postings);
        size += header.end;
        ends.push_back(static_cast<i64>(size));
        postings = postings.subspan(count);
    }
    words.resize(size);
    return {std::move(ends), std::move(words)};
}

// Writes the postings of a page, and returns where they end. Throws DamagedPage if they do not ascend, or a key or row
// has more than 32 bits.
u64* decode(const Page& page, u64* postings) {
    const PageHeader header = page.header();
    u64 all_bits = 0, before = 0;
    bool ascend = true;
    page.for_each_posting([&](u64 bucket, u64 value) {
        const u64 key = header.key_of(bucket, value), row = header.row_of(value), posting = key << 32 | row;
        all_bits |= key | row, ascend &= posting >= before;
        *postings++ = before = posting;
        return true;
    });
    if (all_bits > LOW_HALF || !ascend) throw DamagedPage("a page of postings is out of order");
    return postings;
}

GrowingArray<u64> decode_pages(const Array<u64>& words, const Array<i64>& edges, u64 skip_buckets) {
    nb::gil_scoped_release release;
    const auto pages = pages_in({words.data(), words.shape(0)}, {edges.data(), edges.shape(0)}, skip_buckets);
    std::size_t total = 0;
    for (const Page& page : pages) total += page.header().postings;
    GrowingArray<u64> postings(total);
    u64* end = postings.data();
    for (const Page& page : pages) end = decode(page, end);
    return postings;
}
}  // namespace

void bind_page_encoding(nb::module_& m) {
    nb::exception<DamagedPage>(m, "DamagedError");
    m.def("encode_pages", &encode_pages, "postings"_a, "max_words"_a, "max_postings"_a, "skip_buckets"_a);
    m.def("decode_pages", &decode_pages, "words"_a, "edges"_a, "skip_buckets"_a);
}
}  // namespace dedup
