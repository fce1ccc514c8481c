// Sorted pairs of a key and a row to chunks, and back: dedup/index/stores/pages.py.
#include "arrays.hpp"
#include "page.hpp"

namespace dedup {
namespace {
// How the pairs of a run lie in all of its chunks.
struct Frame {
    u64 least, width, sampled;
};

Head head_for(std::span<const u64> pairs, const Frame& frame) {
    const u64 first = pairs.front() >> 32, span = (pairs.back() >> 32) - first;
    const auto bits = static_cast<u64>(std::bit_width(span / pairs.size()));
    const u64 shift = bits > 0 ? bits - 1 : 0;
    return {pairs.size(), first, frame.least, (span >> shift) + 1, shift, frame.width, frame.sampled};
}

void write_place(u64* words, const Head& head, u64 sample, u64 place) {
    const u64 bit = sample * PLACE_BITS;
    words[head.places + bit / WORD_BITS] |= place << bit % WORD_BITS;
}

// Writes how many pairs each bucket has, and how many there are before some of them.
void write_flags(u64* words, const Head& head, std::span<const u64> pairs) {
    u64 sample = 0;
    for (u64 place = 0; place < head.pairs; ++place) {
        const u64 bucket = ((pairs[place] >> 32) - head.first) >> head.shift, bit = bucket + place;
        for (; sample * head.sampled <= bucket; ++sample) write_place(words, head, sample, place);
        words[head.flags + bit / WORD_BITS] |= u64{1} << bit % WORD_BITS;
    }
    for (; sample * head.sampled <= head.buckets; ++sample) write_place(words, head, sample, head.pairs);
}

// Writes into one word more than the pairs take, often nothing: sooner than to ask.
void write_pairs(u64* words, const Head& head, std::span<const u64> pairs) {
    const u64 mask = lowest_bits(head.shift), bits = head.shift + head.width;
    for (u64 place = 0; place < head.pairs; ++place) {
        const u64 pair = pairs[place], low = ((pair >> 32) - head.first) & mask;
        const u64 value = low << head.width | ((pair & LOW_HALF) - head.least);
        u64* word = words + head.begin + place * bits / WORD_BITS;
        const u64 offset = place * bits % WORD_BITS;
        word[0] |= value << offset;
        word[1] |= value >> 1 >> (WORD_BITS - 1 - offset);
    }
}

// How many of the pairs fit into so many words, one at least: by bisection.
std::size_t count_that_fits(std::span<const u64> pairs, const Frame& frame, u64 room, u64 most) {
    std::size_t low = 1, high = std::min<std::size_t>(pairs.size(), most);
    while (low < high) {
        const std::size_t middle = (low + high + 1) / 2;
        if (head_for(pairs.first(middle), frame).end <= room)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

Frame frame_of(std::span<const u64> pairs, u64 sampled) {
    u64 least = LOW_HALF, most = 0;
    for (const u64 pair : pairs) least = std::min(least, pair & LOW_HALF), most = std::max(most, pair & LOW_HALF);
    return {least, static_cast<u64>(std::bit_width(most - least)), sampled};
}

std::tuple<std::vector<i64>, std::vector<u64>> pack_pairs(const Array<u64>& given, u64 room, u64 most, u64 sampled) {
    std::span<const u64> pairs(given.data(), given.shape(0));
    if (sampled == 0 || most == 0 || most > MOST_IN_CHUNK || room * WORD_BITS > MOST_IN_CHUNK)
        throw nb::value_error("room: no chunk is so large");
    std::vector<i64> ends;
    std::vector<u64> words;
    nb::gil_scoped_release release;
    if (!std::is_sorted(pairs.begin(), pairs.end())) throw nb::value_error("pairs: not ascending");
    const Frame frame = frame_of(pairs, sampled);
    u64 size = 0;
    while (!pairs.empty()) {
        const std::size_t count = count_that_fits(pairs, frame, room, most);
        const Head head = head_for(pairs.first(count), frame);
        words.resize(size + head.end + SPARE);
        u64* chunk = words.data() + size;
        chunk[0] = head.first | head.least << 32;
        chunk[1] = head.pairs | head.buckets << 16 | head.shift << 32 | head.width << 40;
        write_flags(chunk, head, pairs);
        write_pairs(chunk, head, pairs);
        size += head.end;
        ends.push_back(static_cast<i64>(size));
        pairs = pairs.subspan(count);
    }
    words.resize(size);
    return {std::move(ends), std::move(words)};
}

// Writes the pairs of a chunk; throws DamagedChunk where they do not ascend, or keys or rows have more than 32 bits.
u64* unpack(const Chunk& chunk, u64* pairs) {
    const Head head = chunk.head();
    const u64 low = lowest_bits(head.width);
    u64 excess = 0, before = 0;
    bool ascend = true;
    chunk.for_pairs([&](u64 bucket, u64 value) {
        const u64 key = head.first + (bucket << head.shift) + (value >> head.width), row = head.least + (value & low);
        const u64 pair = key << 32 | row;
        excess |= key | row, ascend &= pair >= before;
        *pairs++ = before = pair;
        return true;
    });
    if (excess > LOW_HALF || !ascend) throw DamagedChunk("a chunk of pairs is out of order");
    return pairs;
}

Room<u64> unpack_pairs(const Array<u64>& words, const Array<i64>& edges, u64 sampled) {
    nb::gil_scoped_release release;
    const auto chunks = chunks_in({words.data(), words.shape(0)}, {edges.data(), edges.shape(0)}, sampled);
    std::size_t total = 0;
    for (const Chunk& chunk : chunks) total += chunk.head().pairs;
    Room<u64> pairs(total);
    u64* at = pairs.data();
    for (const Chunk& chunk : chunks) at = unpack(chunk, at);
    return pairs;
}
}  // namespace

void bind_packing(nb::module_& m) {
    nb::exception<DamagedChunk>(m, "DamagedError");
    m.def("pack_pairs", &pack_pairs, "pairs"_a, "room"_a, "most"_a, "sampled"_a);
    m.def("unpack_pairs", &unpack_pairs, "words"_a, "edges"_a, "sampled"_a);
}
}  // namespace dedup
