// Reads any words as if they were a page of an index: built by tools/fuzz.py.
#include <cstdlib>
#include <cstring>

#include "../../src/native/page.hpp"

namespace {
using namespace dedup;
constexpr u64 SKIP_BUCKETS = 64;
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    std::vector<u64> words(size / sizeof(u64) + SPARE_WORDS);
    std::memcpy(words.data(), data, size / sizeof(u64) * sizeof(u64));
    const i64 edges[] = {0, static_cast<i64>(words.size() - SPARE_WORDS)};
    try {
        for (const Page& page : pages_in(words, edges, SKIP_BUCKETS)) {
            const PageHeader& header = page.header();
            u64 scanned = 0, found = 0, last_bucket = 0;
            page.for_each_posting([&](u64 bucket, u64) {
                if (bucket < last_bucket || bucket >= header.buckets) std::abort();
                last_bucket = bucket, ++scanned;
                return true;
            });
            for (u64 bucket = 0; bucket < header.buckets; ++bucket)
                page.for_each_in_bucket(bucket, [&](u64) { return ++found, true; });
            if (scanned != header.postings || found != header.postings) std::abort();
        }
    } catch (const DamagedPage&) {
        return 0;
    }
    return 0;
}
