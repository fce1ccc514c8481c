// Cuts rows into segments, hashes the tokens of segments, and finds where tokens begin in the text.
#include "segments.hpp"

#include "characters.hpp"
#include "row_hasher.hpp"

namespace dedup {
namespace {
constexpr u64 MIN_SEGMENT_BYTES = 1 << 8;  // except for the last segment of a row
constexpr u64 MAX_CHARACTER_BYTES = 4;

// Returns whether no token continues in the character at a place.
bool begins_token(const Texts& texts, u64 place, u64 stop) {
    const u8 kind = meaning_of(decode(texts.utf8, place, stop), *texts.alphabet).kind;
    return kind == SEPARATOR || kind == IDEOGRAPH || kind == LETTER ||
           (texts.characters && (kind == WORD || kind == DIGIT));
}

// Returns where the segment ends that begins at a place, in a row that ends at `stop`.
u64 segment_end(const Texts& texts, u64 place, u64 stop) {
    if (stop - place <= MIN_SEGMENT_BYTES) return stop;
    place += MIN_SEGMENT_BYTES;
    for (u64 back = 1; back < MAX_CHARACTER_BYTES && (texts.utf8[place] & 0xC0) == 0x80; ++back) --place;
    while (place < stop && !begins_token(texts, place, stop)) decode(texts.utf8, place, stop);
    return place;
}

// Returns where segments begin, and the number of segments of each row.
std::tuple<std::vector<i64>, GrowingArray<i64>> cut_segments(const TextsHolder& holder, i64 first, i64 last) {
    const Texts& texts = holder.checked(first, last);
    GrowingArray<i64> counts(static_cast<std::size_t>(last - first));
    std::vector<i64> begins;
    nb::gil_scoped_release release;
    for (i64 row = first; row < last; ++row) {
        const std::size_t before = begins.size();
        const auto stop = static_cast<u64>(texts.offsets[row + 1]);
        auto place = static_cast<u64>(texts.offsets[row]);
        for (; place < stop; place = segment_end(texts, place, stop)) begins.push_back(static_cast<i64>(place));
        counts.data()[row - first] = static_cast<i64>(begins.size() - before);
    }
    return {std::move(begins), std::move(counts)};
}

// Walks through the characters of segments to find the character in which a token begins.
class TokenLocator {
   public:
    TokenLocator(const Texts& segments, std::span<const i64> first_tokens)
        : segments_(segments), first_tokens_(first_tokens) {}

    // Moves to the character in which a token begins. Tokens must be asked for in ascending order.
    void go_to(i64 token) {
        if (begun_ < 0 || token >= segment_stop_) {
            const std::size_t segment = segment_of(first_tokens_, token);
            place_ = static_cast<u64>(segments_.offsets[segment]);
            stop_ = static_cast<u64>(segments_.offsets[segment + 1]);
            begun_ = first_tokens_[segment], segment_stop_ = first_tokens_[segment + 1], state_ = NO_TOKEN;
        }
        for (; place_ < stop_; place_ = next_place_, begun_ = next_begun_, state_ = next_state_) {
            read_character();
            if (next_begun_ > token) return;
        }
    }
    i64 place() const { return static_cast<i64>(place_); }
    i64 begun() const { return begun_; }  // the first token that begins in the character

   private:
    // What the next character may continue: nothing, a word, or nothing after a token of a single character.
    enum State : u8 { NO_TOKEN, IN_WORD, AFTER_SINGLE };

    // Finds the next character, its first token, and the state before it.
    void read_character() {
        const Alphabet& a = *segments_.alphabet;
        next_place_ = place_;
        Meaning m = meaning_of(decode(segments_.utf8, next_place_, stop_), a);
        const bool several = m.kind == SEVERAL;
        const i64 limit = begun_ + static_cast<i64>(next_place_ - place_);  // as in scan_characters
        next_begun_ = begun_, next_state_ = state_;
        for (; m.part < m.until && !(segments_.characters && next_begun_ >= limit); ++m.part) {
            if (several) take_part(m, a);
            if (m.kind == IGNORED || m.kind == MARK) continue;
            const bool joins = m.kind == WORD || m.kind == DIGIT;
            if (m.kind != SEPARATOR && (segments_.characters || !joins || next_state_ != IN_WORD)) ++next_begun_;
            next_state_ = m.kind == SEPARATOR ? NO_TOKEN : joins ? IN_WORD : AFTER_SINGLE;
        }
    }

    const Texts& segments_;
    std::span<const i64> first_tokens_;
    u64 place_ = 0, stop_ = 0, next_place_ = 0;
    i64 begun_ = -1, segment_stop_ = 0, next_begun_ = 0;
    State state_ = NO_TOKEN, next_state_ = NO_TOKEN;
};

// Returns of tokens the place of the character in which each begins, and the number of tokens before it that begin in
// the same character.
std::tuple<GrowingArray<i64>, GrowingArray<i64>> find_token_places(const TextsHolder& segments, const Array<i64>& first_token_array,
                                                   const Array<i64>& token_array) {
    const std::span<const i64> first_tokens = checked_first_tokens(segments, first_token_array);
    const std::span<const i64> tokens(token_array.data(), token_array.shape(0));
    if (!std::is_sorted(tokens.begin(), tokens.end())) throw nb::value_error("tokens: not ascending");
    if (!tokens.empty() && (tokens.front() < 0 || tokens.back() >= first_tokens.back()))
        throw nb::index_error("tokens: beyond the texts");
    GrowingArray<i64> places(tokens.size()), before(tokens.size());
    nb::gil_scoped_release release;
    TokenLocator locator(segments.texts(), first_tokens);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        locator.go_to(tokens[at]);
        places.data()[at] = locator.place(), before.data()[at] = tokens[at] - locator.begun();
    }
    return {std::move(places), std::move(before)};
}
}  // namespace

std::span<const i64> checked_first_tokens(const TextsHolder& segments, const Array<i64>& array) {
    const std::span<const i64> first_tokens(array.data(), array.shape(0));
    if (static_cast<i64>(first_tokens.size()) != segments.rows() + 1 || first_tokens.front() != 0 ||
        !std::is_sorted(first_tokens.begin(), first_tokens.end()))
        throw nb::value_error("first_tokens: not those of the segments");
    return first_tokens;
}

std::size_t segment_of(std::span<const i64> first_tokens, i64 token) {
    const auto next = std::upper_bound(first_tokens.begin(), first_tokens.end(), token);
    return static_cast<std::size_t>(next - first_tokens.begin()) - 1;
}

// Returns texts whose rows are the segments from `first` up to `last`.
Texts TokenReader::read_segments(std::size_t first, std::size_t last) {
    Texts found = segments_.layout();
    found.offsets += first;
    if (!segments_.source()) return found;
    const std::size_t count = last - first;
    edges_.resize(count + 1);
    for (std::size_t segment = 0; segment <= count; ++segment)
        edges_[segment] = found.offsets[segment] - found.offsets[0];
    const auto size = static_cast<std::size_t>(edges_[count]);
    if (utf8_.size() < size) utf8_.resize(size);
    for (std::size_t segment = 0; segment < count; ++segment)
        segments_.source()->write(static_cast<i64>(first + segment),
                                  {utf8_.data() + edges_[segment], utf8_.data() + edges_[segment + 1]});
    found.utf8 = utf8_.data(), found.size = size, found.offsets = edges_.data();
    return found;
}

void TokenReader::load(i64 token, i64 until) {
    const std::size_t first = segment_of(first_tokens_, token);
    std::size_t last = first + 1;
    while (first_tokens_[last] < until) ++last;
    const Texts segments = read_segments(first, last);
    const std::size_t count = last - first;
    // A segment has at most one token more than bytes.
    const std::size_t room = static_cast<std::size_t>(segments.offsets[count] - segments.offsets[0]) + count;
    const i64 tokens = kernels_in_use().hash_tokens(segments, 0, static_cast<i64>(count), scratch_memory(tokens_, room),
                                                    scratch_memory(seconds_, room),
                                                    scratch_memory(ends_, count + 1), nullptr);
    if (tokens != first_tokens_[last] - first_tokens_[first])
        throw std::invalid_argument("first_tokens: of other texts");
    begin_ = first_tokens_[first], end_ = first_tokens_[last];
}

void bind_segments(nb::module_& m) {
    m.def("cut_segments", &cut_segments, "texts"_a, "first"_a, "last"_a);
    m.def("find_token_places", &find_token_places, "segments"_a, "first_tokens"_a, "tokens"_a);
}
}  // namespace dedup
