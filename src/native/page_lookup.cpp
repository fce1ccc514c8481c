// Rows that chunks of pairs list under keys: dedup/index/stores/pairs.py.
#include "arrays.hpp"
#include "page.hpp"

namespace dedup {
namespace {
constexpr i64 SPARSE = 4;  // pairs a key, up to which all pairs of a chunk are walked through

// What is looked for: keys, sorted and unique, and of each the first rows that are there.
struct Wanted {
    std::span<const u32> keys;
    i64 floor;                  // rows below are there no more,
    std::span<const i64> gone;  // nor are these, sorted
    i64 most;

    bool is_live(i64 row) const { return row >= floor && !std::binary_search(gone.begin(), gone.end(), row); }
};

// The places of keys, and the rows that were found under them.
struct Listed {
    std::vector<i64> places, rows;

    // Throws DamagedChunk where a row has more than 32 bits.
    bool add(const Wanted& wanted, i64 place, u64 row) {
        if (row > LOW_HALF) throw DamagedChunk("a chunk of pairs has a row that is none");
        if (!wanted.is_live(static_cast<i64>(row))) return false;
        places.push_back(place), rows.push_back(static_cast<i64>(row));
        return true;
    }
};

// Goes through all pairs of a chunk, and through the keys beside them.
void walk(const Chunk& chunk, i64 low, i64 high, const Wanted& wanted, Listed& listed) {
    const Head head = chunk.head();
    const u32* keys = wanted.keys.data();
    const u64 mask = lowest_bits(head.width);
    i64 place = low, found = 0;
    chunk.for_pairs([&](u64 bucket, u64 value) {
        const u64 key = head.first + (bucket << head.shift) + (value >> head.width);
        for (; place < high && keys[place] < key; ++place) found = 0;
        if (place < high && keys[place] == key && found < wanted.most)
            found += listed.add(wanted, place, head.least + (value & mask));
        return place < high;
    });
}

// Looks for each key in its bucket.
void look_up(const Chunk& chunk, i64 low, i64 high, const Wanted& wanted, Listed& listed) {
    const Head head = chunk.head();
    const u64 mask = lowest_bits(head.width);
    for (i64 place = low; place < high; ++place) {
        const u64 key = wanted.keys[static_cast<std::size_t>(place)] - head.first;
        const u64 bucket = key >> head.shift, rest = key & lowest_bits(head.shift);
        if (bucket >= head.buckets) continue;  // behind the last key, and before the next chunk
        i64 found = 0;
        chunk.for_pairs_of(bucket, [&](u64 value) {
            const u64 own = value >> head.width;
            if (own == rest) found += listed.add(wanted, place, head.least + (value & mask));
            return own <= rest && found < wanted.most;
        });
    }
}

std::tuple<std::vector<i64>, std::vector<i64>> find_rows(
    const Array<u64>& words, const Array<i64>& edges, u64 sampled, const Array<i64>& lows, const Array<i64>& highs,
    const Array<u32>& keys, i64 floor, const Array<i64>& gone, i64 most) {
    const std::size_t count = lows.shape(0);
    if (edges.shape(0) != count + 1 || highs.shape(0) != count) throw nb::value_error("lows: of other chunks");
    const auto last = static_cast<i64>(keys.shape(0));
    for (std::size_t number = 0; number < count; ++number)
        if (lows.data()[number] < 0 || lows.data()[number] > highs.data()[number] || highs.data()[number] > last)
            throw nb::index_error("lows: beyond the keys");
    const Wanted wanted{{keys.data(), keys.shape(0)}, floor, {gone.data(), gone.shape(0)}, most};
    Listed listed;
    nb::gil_scoped_release release;
    const auto chunks = chunks_in({words.data(), words.shape(0)}, {edges.data(), edges.shape(0)}, sampled);
    for (std::size_t number = 0; number < count && most > 0; ++number) {
        const i64 low = lows.data()[number], high = highs.data()[number];
        const bool many = (high - low) * SPARSE > static_cast<i64>(chunks[number].head().pairs);
        (many ? walk : look_up)(chunks[number], low, high, wanted, listed);
    }
    return {std::move(listed.places), std::move(listed.rows)};
}
}  // namespace

void bind_finding(nb::module_& m) {
    m.def("find_rows", &find_rows, "words"_a, "edges"_a, "sampled"_a, "lows"_a, "highs"_a, "keys"_a, "floor"_a,
          "gone"_a, "most"_a);
}
}  // namespace dedup
