// Where rows are cut, and tokens of the pieces, hashed again or found in the text.
#include "segments.hpp"

#include "characters.hpp"
#include "workshop.hpp"

namespace dedup {
namespace {
constexpr u64 LEAST_BYTES = 1 << 8;  // of a piece that is not the last of its row
constexpr u64 LONGEST = 4;           // bytes of a character

// Tells whether no token goes on into the character at a place.
bool begins_token(const Texts& texts, u64 place, u64 stop) {
    const u8 kind = meaning_of(decode(texts.utf8, place, stop), *texts.alphabet).kind;
    return kind == SEPARATOR || kind == IDEOGRAPH || kind == LETTER ||
           (texts.characters && (kind == WORD || kind == DIGIT));
}

// Where the next piece of a row begins, one of which begins at a place; where the row stops if it is the last one.
u64 next_piece(const Texts& texts, u64 place, u64 stop) {
    if (stop - place <= LEAST_BYTES) return stop;
    place += LEAST_BYTES;
    for (u64 back = 1; back < LONGEST && (texts.utf8[place] & 0xC0) == 0x80; ++back) --place;
    while (place < stop && !begins_token(texts, place, stop)) decode(texts.utf8, place, stop);
    return place;
}

std::tuple<std::vector<i64>, Room<i64>> cut_rows(const TextsHolder& holder, i64 first, i64 last) {
    const Texts& texts = holder.checked(first, last);
    Room<i64> counts(static_cast<std::size_t>(last - first));
    std::vector<i64> begins;
    nb::gil_scoped_release release;
    for (i64 row = first; row < last; ++row) {
        const std::size_t before = begins.size();
        const auto stop = static_cast<u64>(texts.offsets[row + 1]);
        auto place = static_cast<u64>(texts.offsets[row]);
        for (; place < stop; place = next_piece(texts, place, stop)) begins.push_back(static_cast<i64>(place));
        counts.data()[row - first] = static_cast<i64>(begins.size() - before);
    }
    return {std::move(begins), std::move(counts)};
}

// Goes through the characters of pieces to the tokens that begin with them.
class Finder {
   public:
    Finder(const Texts& pieces, std::span<const i64> firsts) : pieces_(pieces), firsts_(firsts) {}

    // Goes to the character that a token begins with, which is none before the last one.
    void go_to(i64 token) {
        if (begun_ < 0 || token >= until_) {
            const std::size_t piece = piece_of(firsts_, token);
            place_ = static_cast<u64>(pieces_.offsets[piece]), stop_ = static_cast<u64>(pieces_.offsets[piece + 1]);
            begun_ = firsts_[piece], until_ = firsts_[piece + 1], state_ = NONE;
        }
        for (; place_ < stop_; place_ = behind_, begun_ = then_, state_ = reached_) {
            read_character();
            if (then_ > token) return;
        }
    }
    i64 place() const { return static_cast<i64>(place_); }
    i64 begun() const { return begun_; }  // the first token that begins with the character

   private:
    enum State : u8 { NONE, JOINED, SINGLE };  // what the next character may go on with

    // Finds where the character ends, and which token and state come then.
    void read_character() {
        const Alphabet& a = *pieces_.alphabet;
        behind_ = place_;
        Meaning m = meaning_of(decode(pieces_.utf8, behind_, stop_), a);
        const bool several = m.kind == SEVERAL;
        const i64 limit = begun_ + static_cast<i64>(behind_ - place_);  // as in scan_characters
        then_ = begun_, reached_ = state_;
        for (; m.part < m.until && !(pieces_.characters && then_ >= limit); ++m.part) {
            if (several) take_part(m, a);
            if (m.kind == IGNORED || m.kind == MARK) continue;
            const bool joins = m.kind == WORD || m.kind == DIGIT;
            if (m.kind != SEPARATOR && (pieces_.characters || !joins || reached_ != JOINED)) ++then_;
            reached_ = m.kind == SEPARATOR ? NONE : joins ? JOINED : SINGLE;
        }
    }

    const Texts& pieces_;
    std::span<const i64> firsts_;
    u64 place_ = 0, stop_ = 0, behind_ = 0;
    i64 begun_ = -1, until_ = 0, then_ = 0;
    State state_ = NONE, reached_ = NONE;
};

std::tuple<Room<i64>, Room<i64>> find_places(const TextsHolder& pieces, const Array<i64>& given_firsts,
                                             const Array<i64>& wanted) {
    const std::span<const i64> firsts = checked_firsts(pieces, given_firsts);
    const std::span<const i64> tokens(wanted.data(), wanted.shape(0));
    if (!std::is_sorted(tokens.begin(), tokens.end())) throw nb::value_error("wanted: not ascending");
    if (!tokens.empty() && (tokens.front() < 0 || tokens.back() >= firsts.back()))
        throw nb::index_error("wanted: beyond the tokens");
    Room<i64> places(tokens.size()), before(tokens.size());
    nb::gil_scoped_release release;
    Finder finder(pieces.texts(), firsts);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        finder.go_to(tokens[at]);
        places.data()[at] = finder.place(), before.data()[at] = tokens[at] - finder.begun();
    }
    return {std::move(places), std::move(before)};
}
}  // namespace

std::span<const i64> checked_firsts(const TextsHolder& pieces, const Array<i64>& given) {
    const std::span<const i64> firsts(given.data(), given.shape(0));
    if (static_cast<i64>(firsts.size()) != pieces.rows() + 1 || firsts.front() != 0 ||
        !std::is_sorted(firsts.begin(), firsts.end()))
        throw nb::value_error("firsts: not those of the pieces");
    return firsts;
}

std::size_t piece_of(std::span<const i64> firsts, i64 token) {
    return static_cast<std::size_t>(std::upper_bound(firsts.begin(), firsts.end(), token) - firsts.begin()) - 1;
}

void TokenReader::load(i64 token, i64 until) {
    const std::size_t first = piece_of(firsts_, token);
    std::size_t last = first + 1;
    while (firsts_[last] < until) ++last;
    // A piece has at most one token more than bytes.
    const std::size_t size = static_cast<std::size_t>(pieces_.offsets[last] - pieces_.offsets[first]) + last - first;
    const i64 count = kernels_in_use().hash_tokens(pieces_, static_cast<i64>(first), static_cast<i64>(last),
                                                   room_in(tokens_, size), room_in(seconds_, size),
                                                   room_in(ends_, last - first + 1), nullptr);
    if (count != firsts_[last] - firsts_[first]) throw std::invalid_argument("firsts: of other texts");
    begin_ = firsts_[first], end_ = firsts_[last];
}

void bind_segments(nb::module_& m) {
    m.def("cut_rows", &cut_rows, "texts"_a, "first"_a, "last"_a);
    m.def("find_places", &find_places, "pieces"_a, "firsts"_a, "wanted"_a);
}
}  // namespace dedup
