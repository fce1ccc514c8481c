#include "page_variants.hpp"

#include "elements.hpp"
#include "line_hashes.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
enum : u32 { IN_WITNESS = 1, IN_COPY = 2, IN_BOTH = 3 };  // of a line or an n-gram

bool is_letter(u8 byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }

// Tells whether a byte may be in the scheme of a URL.
bool is_in_scheme(u8 byte) {
    return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '+' || byte == '.' || byte == '-';
}

// Writes blanks in place of the URLs of a text.
void blank_urls(std::span<u8> text, const PageSettings& rule) {
    const std::vector<u8>& mark = rule.url_mark;
    const auto next_mark = [&](std::span<u8>::iterator place) {
        for (;; ++place) {
            place = std::find(place, text.end(), mark[0]);  // faster than std::search
            if (text.end() - place < std::ssize(mark)) return text.end();
            if (std::equal(mark.begin(), mark.end(), place)) return place;
        }
    };
    for (auto found = next_mark(text.begin()); found != text.end();) {
        auto begin = found, end = found + std::ssize(mark);
        while (begin != text.begin() && is_in_scheme(*(begin - 1))) --begin;
        begin = std::find_if(begin, found, is_letter);
        if (begin != found) {
            end = std::find_first_of(end, text.end(), rule.url_ends.begin(), rule.url_ends.end());
            std::fill(begin, end, u8{' '});
        }
        found = next_mark(end);
    }
}
}  // namespace

void PageRule::read(const Texts& text, PageLines& lines) {
    lines.text = text, lines.edges.clear(), lines.hashes.clear();
    const i64 first = text.offsets[0], last = text.offsets[1];
    i64* breaks = scratch_memory(breaks_, static_cast<std::size_t>(last - first) + 1);
    i64 count = kernels_in_use().find_bytes(text.utf8, first, last, rule_.line_breaks.data(),
                                            std::ssize(rule_.line_breaks), breaks);
    breaks[count++] = last;
    for (i64 line = 0, begin = first; line < count; ++line) {
        const i64 end = std::min(breaks[line] + 1, last);
        const std::span<const u8> shown = without_white_space({text.utf8 + begin, text.utf8 + end});
        if (!shown.empty()) {
            lines.edges.push_back(begin), lines.edges.push_back(end);
            lines.hashes.push_back(hash_line(shown));
        }
        begin = end;
    }
}

bool PageRule::is_page_variant(const PageLines& copy, const PageLines& witness) {
    find_frame(copy, witness);
    if (!gather_own(copy, own_) || !gather_own(witness, witness_own_) || !has_short_lines(copy.text) ||
        !has_enough_words(copy.text, own_) || !has_enough_words(copy.text, witness_own_))
        return false;
    write_ngrams({own_.hashes.data(), own_.count}, rule_.own_ngram, ngrams_);
    write_ngrams({witness_own_.hashes.data(), witness_own_.count}, rule_.own_ngram, witness_ngrams_);
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

// Marks the lines that both rows have, and gathers each of them once.
void PageRule::find_frame(const PageLines& copy, const PageLines& witness) {
    counter_.clear(witness.hashes.size());
    for (const u64 hash : witness.hashes) counter_[hash] = IN_WITNESS;
    begin(frame_);
    for (std::size_t line = 0; line < copy.hashes.size(); ++line) {
        u32* owner = counter_.find(copy.hashes[line]);
        if (!owner || *owner == IN_BOTH) continue;
        *owner = IN_BOTH;
        add(copy.line(line), frame_);
    }
}

bool PageRule::is_in_frame(u64 line) {
    const u32* owner = counter_.find(line);
    return owner && *owner == IN_BOTH;
}

// Tells whether the lines of the frame that have words are short on average.
bool PageRule::has_short_lines(const Texts& like) {
    hash(like, frame_);
    i64 total = 0, count = 0;
    for (std::size_t line = 0; line + 1 < frame_.edges.size(); ++line) {
        const i64 weight = weight_of(frame_, line);
        total += weight, count += weight > 0;
    }
    return total < rule_.max_line_weight * count;
}

// Gathers the lines that are not in the frame as one row; tells whether they may have enough words.
bool PageRule::gather_own(const PageLines& lines, Words& words) {
    begin(words);
    for (std::size_t line = 0; line < lines.hashes.size(); ++line)
        if (!is_in_frame(lines.hashes[line])) add(lines.line(line), words);
    words.edges.assign({0, words.edges.back()});
    return words.edges.back() * rule_.word_weight >= rule_.min_own_weight;  // a word has at least one byte
}

bool PageRule::has_enough_words(const Texts& like, Words& words) {
    hash(like, words);
    return weight_of(words, 0) >= rule_.min_own_weight;
}

void PageRule::add(std::span<const u8> line, Words& words) const {
    words.utf8.insert(words.utf8.end(), line.begin(), line.end());
    words.edges.push_back(std::ssize(words.utf8));
}

// Hashes the words of gathered lines.
void PageRule::hash(const Texts& like, Words& words) {
    blank_urls(words.utf8, rule_);
    const i64 rows = std::ssize(words.edges) - 1;
    const std::size_t room = words.utf8.size() + static_cast<std::size_t>(rows) + 1;
    words.utf8.resize(words.utf8.size() + TEXT_PADDING);
    Texts texts = like;
    texts.utf8 = words.utf8.data(), texts.size = words.utf8.size(), texts.offsets = words.edges.data();
    texts.characters = false;
    u64* hashes = scratch_memory(words.hashes, room);
    i64* ends = scratch_memory(words.ends, static_cast<std::size_t>(rows) + 1);
    words.count = static_cast<std::size_t>(kernels_in_use().hash_tokens(
        texts, 0, rows, hashes, scratch_memory(scratch_, room), ends, scratch_memory(words.weights, room)));
}

// Returns the weight of the words of a gathered line, or row.
i64 PageRule::weight_of(const Words& words, std::size_t line) const {
    i64 weight = 0;
    for (auto word = static_cast<std::size_t>(words.ends[line]); word < static_cast<std::size_t>(words.ends[line + 1]); ++word)
        weight += words.weights[word] ? words.weights[word] & rule_.weight_bits : rule_.word_weight;
    return weight;
}
}  // namespace dedup
