#include "page_variants.hpp"

#include "elements.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
enum : u32 { IN_WITNESS = 1, IN_COPY = 2, IN_BOTH = 3 };  // of a line or an n-gram
}  // namespace

void PageRule::read(const Texts& texts, i64 row, PageLines& lines) {
    lines.hashes.clear(), lines.weights.clear(), lines.tokens.clear(), lines.edges.assign(1, 0);
    const i64 first = texts.offsets[row], last = texts.offsets[row + 1];
    const auto bytes = static_cast<std::size_t>(last - first);
    i64* edges = scratch_memory(line_edges_, bytes + 2);
    edges[0] = first;
    const i64 count = 1 + kernels_in_use().find_bytes(texts.utf8, first, last, rule_.line_breaks.data(),
                                                      std::ssize(rule_.line_breaks), edges + 1);
    if (count == 1) return;
    edges[count] = last;
    Texts rows = texts;  // a row for each line
    rows.offsets = edges, rows.characters = false;
    const std::size_t room = bytes + static_cast<std::size_t>(count) + 1;
    u64* hashes = scratch_memory(hashes_, room);
    u8* weights = scratch_memory(weights_, room);
    i64* ends = scratch_memory(ends_, static_cast<std::size_t>(count) + 1);
    const i64 total = kernels_in_use().hash_tokens(rows, 0, count, hashes, scratch_memory(scratch_, room), ends, weights);
    lines.tokens.assign(hashes, hashes + total);
    for (i64 line = 0; line < count; ++line) {
        if (ends[line] == ends[line + 1]) continue;
        u64 hash = 0;
        i64 weight = 0;
        for (i64 place = ends[line]; place < ends[line + 1]; ++place) {
            hash = mix(hash + hashes[place]);
            weight += weights[place] ? weights[place] & rule_.weight_bits : rule_.word_weight;
        }
        lines.hashes.push_back(hash), lines.weights.push_back(weight);
        lines.edges.push_back(static_cast<std::size_t>(ends[line + 1]));
    }
}

bool PageRule::is_page_variant(const PageLines& copy, const PageLines& witness) {
    if (!find_frame(copy, witness) || !gather_own(copy, own_) || !gather_own(witness, witness_own_)) return false;
    write_ngrams(own_, rule_.own_ngram, ngrams_);
    write_ngrams(witness_own_, rule_.own_ngram, witness_ngrams_);
    counter_.clear(ngrams_.size() + witness_ngrams_.size());
    i64 different = 0, witness_different = 0, common = 0;
    for (const u64 ngram : ngrams_) {
        u32& owner = counter_[ngram];
        different += owner == 0, owner = IN_COPY;
    }
    for (const u64 ngram : witness_ngrams_) {
        u32& owner = counter_[ngram];
        if (owner == IN_WITNESS || owner == IN_BOTH) continue;
        common += owner == IN_COPY, ++witness_different;
        owner |= IN_WITNESS;
    }
    return static_cast<double>(common) < rule_.max_own_similarity * static_cast<double>(std::min(different, witness_different));
}

// Marks the lines that both rows have; tells whether there are any, and whether they are short on average.
bool PageRule::find_frame(const PageLines& copy, const PageLines& witness) {
    counter_.clear(witness.hashes.size());
    for (const u64 hash : witness.hashes) counter_[hash] = IN_WITNESS;
    i64 count = 0, weight = 0;
    for (std::size_t line = 0; line < copy.hashes.size(); ++line) {
        u32* owner = counter_.find(copy.hashes[line]);
        if (!owner || *owner == IN_BOTH) continue;
        *owner = IN_BOTH;
        ++count, weight += copy.weights[line];
    }
    return weight < rule_.max_line_weight * count;
}

// Gathers the words of the lines that are not marked; tells whether they are enough.
bool PageRule::gather_own(const PageLines& lines, std::vector<u64>& tokens) {
    tokens.clear();
    i64 weight = 0;
    for (std::size_t line = 0; line < lines.hashes.size(); ++line) {
        const u32* owner = counter_.find(lines.hashes[line]);
        if (owner && *owner == IN_BOTH) continue;
        weight += lines.weights[line];
        tokens.insert(tokens.end(), lines.tokens.begin() + static_cast<i64>(lines.edges[line]),
                      lines.tokens.begin() + static_cast<i64>(lines.edges[line + 1]));
    }
    return weight >= rule_.min_own_weight;
}
}  // namespace dedup
