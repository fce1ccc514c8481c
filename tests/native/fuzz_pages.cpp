// Feeds any words to what reads chunks of pairs, as if they were a page of an index: built by tools/fuzz.py.
#include <cstdlib>
#include <cstring>

#include "../../src/native/page.hpp"

namespace {
using namespace dedup;
constexpr u64 SAMPLED = 64;
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    std::vector<u64> words(size / sizeof(u64) + SPARE);
    std::memcpy(words.data(), data, size / sizeof(u64) * sizeof(u64));
    const i64 edges[] = {0, static_cast<i64>(words.size() - SPARE)};
    try {
        for (const Chunk& chunk : chunks_in(words, edges, SAMPLED)) {
            const Head& head = chunk.head();
            u64 pairs = 0, found = 0, last = 0;
            chunk.for_pairs([&](u64 bucket, u64) {
                if (bucket < last || bucket >= head.buckets) std::abort();
                last = bucket, ++pairs;
                return true;
            });
            for (u64 bucket = 0; bucket < head.buckets; ++bucket)
                chunk.for_pairs_of(bucket, [&](u64) { return ++found, true; });
            if (pairs != head.pairs || found != head.pairs) std::abort();
        }
    } catch (const DamagedChunk&) {
        return 0;
    }
    return 0;
}
