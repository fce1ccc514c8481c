// Tells whether a copy of a single block is in the body of an article: documents/body_copy.py.
#include "body_copy.hpp"

#include <algorithm>
#include <unordered_map>

namespace dedup {
namespace {
// Two copies of a block, as places among the blocks with tokens.
struct Copies {
    i64 first, second;
};

class BodyFinder {
   public:
    BodyFinder(const DocumentMatcher& document, const BodyRule& rule, Cut cut, const CutRule& cut_rule)
        : document_(document), rule_(rule), are_sentences_(cut == SENTENCES || cut == WRAPPED_SENTENCES),
          cut_rule_(cut_rule), place_(static_cast<std::size_t>(document.count()), -1) {
        for (i64 block = 0; block < document.count(); ++block) {
            if (document.token_count(block) == 0) continue;
            place_[block] = std::ssize(with_tokens_);
            with_tokens_.push_back(block);
        }
    }

    // Tells whether a run has a copy in the body.
    bool search(std::span<const BlockRun> runs) const {
        std::unordered_map<i64, i64> distances;  // copies at each distance from their originals
        for (const BlockRun& run : runs)
            for (const i64 copy : run.copies) ++distances[distance(copy)];
        return std::any_of(runs.begin(), runs.end(), [&](const BlockRun& run) {
            const i64 copy = run.copies.front();
            if (run.copies.size() > 1 || distances[distance(copy)] > 1) return false;
            const Copies copies{place_[document_.witness()[copy]], place_[copy]};
            return !are_in_larger_copy(copies) && is_second_in_body(copies);
        });
    }

   private:
    i64 distance(i64 copy) const { return place_[copy] - place_[document_.witness()[copy]]; }
    double overlap(i64 place, i64 other_place) const {
        return overlap_coefficient(document_.shingles_of(with_tokens_[place]),
                                   document_.shingles_of(with_tokens_[other_place]));
    }
    Bytes text(i64 block) const {
        const Texts& blocks = document_.blocks();
        return {blocks.utf8 + blocks.offsets[block], blocks.utf8 + blocks.offsets[block + 1]};
    }
    i64 words(i64 place) const {
        if (words_.empty()) words_ = words_of(document_, cut_rule_);
        return words_[with_tokens_[place]];
    }

    bool are_in_larger_copy(Copies copies) const {
        const i64 first_step = std::max(-rule_.max_gap_blocks, -copies.first);
        const i64 stop = std::min(rule_.max_gap_blocks + 1, std::ssize(with_tokens_) - copies.second);
        for (i64 step = first_step; step < stop; ++step)
            if (step != 0 && overlap(copies.first + step, copies.second + step) >= rule_.summary_overlap) return true;
        return false;
    }

    bool is_second_in_body(Copies copies) const {
        const auto [first, second] = copies;
        const i64 original = with_tokens_[first], copy = with_tokens_[second];
        const bool first_ends = ends_sentence(text(original), rule_.marks);
        const bool second_ends = ends_sentence(text(copy), rule_.marks);
        if (first_ends != second_ends) return second_ends;
        if (second - first >= rule_.min_body_distance) {
            const bool is_near = !are_sentences_ && 2 * (second - first) < std::ssize(with_tokens_) - 2;
            const bool is_top = first < rule_.top_paragraphs;
            if (is_near && (is_top || have_same_text(original, copy))) return true;
            if (is_top && ((are_sentences_ && is_lead_sentence(copies)) || begins_with_summary())) return true;
        }
        return document_.token_count(copy) > document_.token_count(original) && has_all_tokens(copy, original);
    }

    bool have_same_text(i64 block, i64 other_block) const {
        const Bytes left = stripped(text(block)), right = stripped(text(other_block));
        return std::equal(left.begin(), left.end(), right.begin(), right.end());
    }

    // Tells whether a block has all tokens of another one, at least as often.
    bool has_all_tokens(i64 block, i64 other_block) const {
        const auto sorted_tokens = [&](i64 number) {
            const std::span<const u64> tokens = document_.tokens_of(number);
            std::vector<u64> found(tokens.begin(), tokens.end());
            std::sort(found.begin(), found.end());
            return found;
        };
        const std::vector<u64> tokens = sorted_tokens(block), other_tokens = sorted_tokens(other_block);
        return std::includes(tokens.begin(), tokens.end(), other_tokens.begin(), other_tokens.end());
    }

    bool is_lead_sentence(Copies copies) const {
        if (copies.first > 0 || copies.second + 1 == std::ssize(with_tokens_)) return false;
        return words(copies.second - 1) >= rule_.running_text_words && words(copies.second + 1) >= rule_.running_text_words;
    }

    bool begins_with_summary() const {
        const i64 count = std::ssize(with_tokens_);
        i64 repeated = 0;
        for (i64 top = 0; top < std::min(rule_.top_paragraphs, count); ++top) {
            if (words(top) < rule_.running_text_words) continue;
            for (i64 place = top + rule_.min_body_distance; place < count; ++place) {
                if (words(place) < rule_.running_text_words || overlap(top, place) < rule_.summary_overlap) continue;
                ++repeated;
                break;
            }
        }
        return repeated >= rule_.min_summary_paragraphs;
    }

    const DocumentMatcher& document_;
    const BodyRule& rule_;
    bool are_sentences_;
    const CutRule& cut_rule_;
    std::vector<i64> place_, with_tokens_;  // the place of each block among those with tokens, and these blocks
    mutable std::vector<i64> words_;        // of each block, once they are needed
};
}  // namespace

bool has_copy_in_body(const DocumentMatcher& document, std::span<const BlockRun> runs, const BodyRule& rule, Cut cut,
                      const CutRule& cut_rule) {
    return BodyFinder(document, rule, cut, cut_rule).search(runs);
}
}  // namespace dedup
