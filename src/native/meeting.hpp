// Which kept rows a row is compared with: those that share enough of its keys. The specification is matching/candidates.py.
#pragma once
#include "postings.hpp"
#include "sketches.hpp"

namespace dedup {
// What bounds the candidates of a row.
struct MeetingBounds {
    i64 full;      // a key that so many kept rows have says little
    i64 compared;  // candidates, those that share most keys; all of them for 0
    i64 listed;    // rows of a list that count for a row that is looked up by all its keys
};

class Meeting {
   public:
    // `hits` are zeros, one a row.
    Meeting(const Sketches& sketches, const Postings& postings, MeetingBounds bounds, std::span<u32> hits);

    // Finds the candidates of a row: those that share most keys first, if they are bounded.
    std::span<const u32> of(i64 turn, i64 row);

    // Of the first candidate, if they are bounded: how many keys it shares, of a row that is looked up by all.
    i64 most_shared() const { return static_cast<i64>(ranked_[0] >> 32); }

   private:
    static constexpr int CLASSES = 128;  // of lengths: four where it doubles

    void meet_by_sample(i64 turn, i64 row);
    void meet_by_all(i64 turn, i64 row);
    void rank(u64 hits, u32 row);
    void meet(u32 other, u32 weight) {
        met_[count_] = other;
        count_ += hits_[other] == 0;
        hits_[other] += weight;
    }
    std::span<const u32> met() const { return {met_.get(), count_}; }
    void sort_by_length(std::span<const u32> probes);
    std::size_t class_of(u32 key) const;
    void leave(i64 least, u32 more);

    const Sketches& sketches_;
    const Postings& postings_;
    MeetingBounds bounds_;
    std::span<u32> hits_;       // zeros between two rows
    std::unique_ptr<u32[]> met_;  // rows that were met, with room for one more than there can be,
    std::size_t count_ = 0;
    std::vector<u64> ranked_;   // and those with the most hits
    std::vector<u32> keys_;     // of a row that is looked up by all: from the shortest list to the longest, about
};
}  // namespace dedup
