// Looks keys up in pages of postings: find_rows of dedup/index/stores/pages.py.
#include "arrays.hpp"
#include "page.hpp"

namespace dedup {
namespace {
constexpr i64 SCAN_POSTINGS_PER_KEY = 4;  // a page with fewer postings per query key is scanned, not searched

struct Query {
    std::span<const u32> keys;     // sorted and unique
    i64 min_live_row;              // lower rows are deleted,
    std::span<const i64> deleted;  // and so are these, sorted
    i64 limit;                     // the most rows of a key from one page

    bool is_live(i64 row) const {
        return row >= min_live_row && !std::binary_search(deleted.begin(), deleted.end(), row);
    }
};

// The postings that were found: positions in the query keys, and rows.
struct FoundRows {
    std::vector<i64> key_numbers, rows;

    // Adds a live row, and returns whether it is live. Throws DamagedPage if it has more than 32 bits.
    bool add(const Query& query, i64 key_number, u64 row) {
        if (row > LOW_HALF) throw DamagedPage("a page of postings has a row beyond 32 bits");
        if (!query.is_live(static_cast<i64>(row))) return false;
        key_numbers.push_back(key_number), rows.push_back(static_cast<i64>(row));
        return true;
    }
};

// Scans all postings of a page beside the keys.
void scan(const Page& page, i64 low, i64 high, const Query& query, FoundRows& found) {
    const PageHeader header = page.header();
    const u32* keys = query.keys.data();
    i64 key_number = low, count = 0;
    page.for_each_posting([&](u64 bucket, u64 value) {
        const u64 key = header.key_of(bucket, value);
        for (; key_number < high && keys[key_number] < key; ++key_number) count = 0;
        if (key_number < high && keys[key_number] == key && count < query.limit)
            count += found.add(query, key_number, header.row_of(value));
        return key_number < high;
    });
}

// Searches the bucket of each key.
void search(const Page& page, i64 low, i64 high, const Query& query, FoundRows& found) {
    const PageHeader header = page.header();
    for (i64 key_number = low; key_number < high; ++key_number) {
        const u64 distance = query.keys[static_cast<std::size_t>(key_number)] - header.first_key;
        const u64 bucket = distance >> header.low_bits, low_key = distance & lowest_bits(header.low_bits);
        if (bucket >= header.buckets) continue;  // between the last key of this page and the first of the next
        i64 count = 0;
        page.for_each_in_bucket(bucket, [&](u64 value) {
            const u64 posting_key = value >> header.row_bits;
            if (posting_key == low_key) count += found.add(query, key_number, header.row_of(value));
            return posting_key <= low_key && count < query.limit;
        });
    }
}

std::tuple<std::vector<i64>, std::vector<i64>> find_rows(
    const Array<u64>& words, const Array<i64>& edges, u64 skip_buckets, const Array<i64>& lows, const Array<i64>& highs,
    const Array<u32>& keys, i64 min_live_row, const Array<i64>& deleted, i64 limit) {
    const std::size_t count = lows.shape(0);
    if (edges.shape(0) != count + 1 || highs.shape(0) != count)
        throw nb::value_error("lows: must have one value per page");
    const auto key_count = static_cast<i64>(keys.shape(0));
    for (std::size_t number = 0; number < count; ++number)
        if (lows.data()[number] < 0 || lows.data()[number] > highs.data()[number] ||
            highs.data()[number] > key_count)
            throw nb::index_error("lows: must be ranges of keys");
    const Query query{
        {keys.data(), keys.shape(0)}, min_live_row, {deleted.data(), deleted.shape(0)}, limit};
    FoundRows found;
    nb::gil_scoped_release release;
    const auto pages = pages_in({words.data(), words.shape(0)}, {edges.data(), edges.shape(0)}, skip_buckets);
    for (std::size_t number = 0; number < count && limit > 0; ++number) {
        const i64 low = lows.data()[number], high = highs.data()[number];
        const auto postings = static_cast<i64>(pages[number].header().postings);
        const bool has_many_keys = (high - low) * SCAN_POSTINGS_PER_KEY > postings;
        (has_many_keys ? scan : search)(pages[number], low, high, query, found);
    }
    return {std::move(found.key_numbers), std::move(found.rows)};
}
}  // namespace

void bind_page_lookup(nb::module_& m) {
    m.def("find_rows", &find_rows, "words"_a, "edges"_a, "skip_buckets"_a, "lows"_a, "highs"_a, "keys"_a,
          "min_live_row"_a, "deleted"_a, "limit"_a);
}
}  // namespace dedup
