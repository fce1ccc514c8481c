// Cuts texts into blocks: text/blocks.py.
#include "blocks.hpp"

#include <string_view>
#include <unordered_set>

#include "characters.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
constexpr i64 SEARCHED_BYTES = 1 << 12;  // searched at a time: the places found fit in the cache
constexpr u64 BOM = 0xFEFF;

bool is_break(u8 byte) { return byte == '\n' || byte == '\r'; }

// Returns the bytes of the white space character at a place (\s of Python), or 0 if it is none.
i64 space(const u8* utf8, i64 place, i64 stop) {
    const u8 byte = utf8[place];
    if (byte <= 0x20) return byte == 0x20 || (9 <= byte && byte <= 13) || byte >= 0x1C;
    if (byte == 0xC2 && place + 1 < stop) return utf8[place + 1] == 0x85 || utf8[place + 1] == 0xA0 ? 2 : 0;
    if (byte < 0xE1 || byte > 0xE3 || place + 2 >= stop) return 0;
    const u32 code = (byte & 15u) << 12 | (utf8[place + 1] & 63u) << 6 | (utf8[place + 2] & 63u);
    if ((0x2000 <= code && code <= 0x200A) || code == 0x2028 || code == 0x2029) return 3;
    return code == 0x1680 || code == 0x202F || code == 0x205F || code == 0x3000 ? 3 : 0;
}

// Returns the end of the white space that begins at a place.
i64 skip_space(const u8* utf8, i64 place, i64 stop) {
    for (i64 size = 1; size > 0 && place < stop; place += size) size = space(utf8, place, stop);
    return place;
}

// Returns where the character before a place begins.
i64 previous(const u8* utf8, i64 start, i64 place) {
    i64 size = 1;
    while (size < 4 && place - size > start && (utf8[place - size] & 0xC0) == 0x80) ++size;
    return place - size;
}

u64 character_at(const u8* utf8, i64 place, i64 stop) {
    auto at = static_cast<u64>(place);
    return decode(utf8, at, static_cast<u64>(stop));
}

i64 after_character(const u8* utf8, i64 place, i64 stop) {
    auto at = static_cast<u64>(place);
    decode(utf8, at, static_cast<u64>(stop));
    return static_cast<i64>(at);
}

// Returns where the last line break ends in the white space that begins at a place, or the place if there is none.
i64 end_of_breaks(const u8* utf8, i64 place, i64 stop) {
    i64 last = place;
    for (i64 size = 1; size > 0 && place < stop; place += size) {
        size = space(utf8, place, stop);
        if (is_break(utf8[place])) last = place + 1;
    }
    return last;
}

// Counts the characters of the first word of a line, at most `most`.
i64 first_word_size(const u8* utf8, const Line& line, i64 most) {
    i64 count = 0;
    for (i64 place = line.start; place < line.stop && count < most && !space(utf8, place, line.stop); ++count)
        place = after_character(utf8, place, line.stop);
    return count;
}
}  // namespace

CutRule::CutRule(const nb::object& rule)
    : long_line(constant<i64>(rule, "long_line")),
      wrap_width(constant<i64>(rule, "wrap_width")),
      longest_word(constant<i64>(rule, "longest_word")),
      forced_breaks(constant<i64>(rule, "forced_breaks")),
      total_breaks(constant<i64>(rule, "total_breaks")),
      min_continued_fifths(constant<i64>(rule, "min_continued_fifths")),
      classes(constant<nb::object>(rule, "classes_of_page")),
      break_bytes_{'\n', '\r'},
      separator_bytes_(break_bytes_) {
    const auto add = [&](const char* marks, u8 role) {
        const auto utf8 = constant<std::string>(rule, marks);
        const auto* bytes = reinterpret_cast<const u8*>(utf8.data());
        for (i64 place = 0, next = 0, size = std::ssize(utf8); place < size; place = next) {
            next = after_character(bytes, place, size);
            const u64 code = character_at(bytes, place, size);
            const auto known = std::find_if(roles_.begin(), roles_.end(), [&](auto& pair) { return pair.first == code; });
            if (known == roles_.end())
                roles_.emplace_back(code, role);
            else
                known->second |= role;
            if (!(role & (ENDS | ENDS_BEFORE_SPACE))) continue;
            if (next > place + 1) is_second_[bytes[place + 1]] = true;
            if (std::find(separator_bytes_.begin(), separator_bytes_.end(), bytes[place]) == separator_bytes_.end())
                separator_bytes_.push_back(bytes[place]);
        }
    };
    add("full_stop", ENDS_BEFORE_SPACE);
    add("sentence_marks", ENDS_BEFORE_SPACE);
    add("closing_marks", CLOSES);
    add("wide_marks", ENDS);
    add("wide_closing_marks", CLOSES_WIDE);
}

ByteFinder::ByteFinder(Bytes bytes, const std::vector<u8>& wanted)
    : bytes_(bytes), wanted_(wanted), found_(SEARCHED_BYTES) {}

i64 ByteFinder::search_from(i64 place) {
    const i64 size = std::ssize(bytes_);
    searched_ = std::max(searched_, place);
    for (next_ = count_ = 0; count_ == 0 && searched_ < size;) {
        const i64 stop = std::min(searched_ + SEARCHED_BYTES, size);
        count_ = kernels_in_use().find_bytes(bytes_.data(), searched_, stop, wanted_.data(),
                                             static_cast<i64>(wanted_.size()), found_.data());
        searched_ = stop;
    }
    return count_ > 0 ? found_[0] : size;
}

Bytes stripped(Bytes text) {
    const i64 begin = skip_space(text.data(), 0, std::ssize(text));
    i64 stop = std::ssize(text);
    for (i64 last = stop; stop > begin; stop = last) {
        last = previous(text.data(), begin, stop);
        if (space(text.data(), last, stop) == 0) break;
    }
    return text.subspan(begin, stop - begin);
}

void add_line(Bytes bytes, i64 start, i64 stop, std::vector<Line>& lines) {
    const Bytes line = stripped(bytes.subspan(start, stop - start));
    start = line.data() - bytes.data();
    stop = start + std::ssize(line);
    lines.push_back({start, stop, kernels_in_use().count_characters(bytes.data(), start, stop, std::ssize(bytes))});
}

bool ends_sentence(Bytes text, const EndMarks& marks) {
    const auto* utf8 = reinterpret_cast<const char*>(text.data());
    for (i64 stop = std::ssize(text), last = stop; stop > 0; stop = last) {
        last = previous(text.data(), 0, stop);
        const std::string_view character(utf8 + last, utf8 + stop);
        if (space(text.data(), last, stop) > 0 || marks.after_end_marks.find(character) != std::string::npos) continue;
        if (marks.end_marks.find(character) != std::string::npos) return true;
        if (character != ".") return false;
        if (last == 0) return true;
        const u64 before = character_at(text.data(), previous(text.data(), 0, last), last);
        return before < marks.first_without_end || before > marks.last_without_end;
    }
    return false;
}

bool is_wrapped(Bytes bytes, std::span<const Line> lines, const CutRule& rule) {
    const i64 breaks = std::ssize(lines) - 1;
    if (breaks < 1) return false;
    const auto is_shorter = [](const Line& line, const Line& other) { return line.size < other.size; };
    const i64 width = std::max_element(lines.begin(), lines.end(), is_shorter)->size;
    if (width < rule.wrap_width) return false;
    const u8* utf8 = bytes.data();
    const auto is_of = [&](CharacterClasses::Class wanted, i64 place, i64 stop) -> i64 {
        return rule.classes.is(wanted, character_at(utf8, place, stop));
    };
    i64 forced = 0, punctuated = 0, continued = 0;
    for (i64 number = 0; number < breaks; ++number) {
        const Line &line = lines[number], &following = lines[number + 1];
        if (line.size + 1 + rule.longest_word <= width) continue;
        forced += line.size + 1 + first_word_size(utf8, following, rule.longest_word) > width;
    }
    if (rule.total_breaks * forced < rule.forced_breaks * breaks) return false;
    std::unordered_set<std::string_view> distinct;
    for (const Line& line : lines) {
        distinct.emplace(reinterpret_cast<const char*>(utf8 + line.start), line.stop - line.start);
        if (&line != &lines.back())
            punctuated += is_of(CharacterClasses::PUNCTUATION, previous(utf8, line.start, line.stop), line.stop);
        if (&line != &lines.front()) continued += is_of(CharacterClasses::CONTINUES, line.start, line.stop);
    }
    return 2 * punctuated <= breaks && 5 * continued >= rule.min_continued_fifths * breaks &&
           2 * std::ssize(distinct) > std::ssize(lines);
}

TextCutter::TextCutter(Bytes bytes, const CutRule& rule)
    : bytes_(bytes),
      rule_(rule),
      layout_breaks_(bytes, rule.break_bytes()),
      breaks_(bytes, rule.break_bytes()),
      separators_(bytes, rule.separator_bytes()) {}

void TextCutter::find_lines(i64 start, i64 end) {
    lines_.clear();
    for (i64 stop = start; start < end; start = stop) {
        stop = std::min(layout_breaks_.from(start), end);
        add_line(bytes_, start, stop, lines_);
        if (stop < end) ++stop;
        if (stop < end && bytes_[stop - 1] == '\r' && bytes_[stop] == '\n') ++stop;
    }
}

Cut TextCutter::choose(i64 start, i64 end, const std::string& block) {
    if (block == "paragraph") return PARAGRAPHS;
    if (block == "line") return LINES;
    find_lines(start, end);
    i64 paragraphs = 0, filled = 0, grouped = 0, wrapped = 0, longest = 0, total = 0;
    const std::span<const Line> lines(lines_);
    for (std::size_t first = 0, stop = 0; first < lines.size(); first = stop + 1) {
        for (stop = first; stop < lines.size() && lines[stop].size > 0; ++stop) {
            longest = std::max(longest, lines[stop].size), total += lines[stop].size;
        }
        const auto count = static_cast<i64>(stop - first);
        paragraphs += count > 0, filled += count;
        if (count <= 2) continue;
        grouped += count;
        if (is_wrapped(bytes_, lines.subspan(first, stop - first), rule_)) wrapped += count;
    }
    if (2 * wrapped > grouped) return block == "auto" && paragraphs > 1 ? PARAGRAPHS : WRAPPED_SENTENCES;
    const bool is_mostly_one_line = longest > rule_.long_line && 2 * longest > total;
    return block == "sentence" || filled <= 1 || is_mostly_one_line ? SENTENCES : LINES;
}

void TextCutter::split(i64 start, i64 end, Cut cut, std::vector<i64>& begins) {
    if (start == end) return;
    const u8* utf8 = bytes_.data();
    begins.push_back(start);
    i64 place = character_at(utf8, start, end) == BOM ? after_character(utf8, start, end) : start;
    place = end_of_breaks(utf8, place, end);
    const auto begin_block = [&](i64 begin) {
        if (begin > begins.back() && begin < end) begins.push_back(begin);
    };
    begin_block(place);
    const bool by_sentence = cut == SENTENCES || cut == WRAPPED_SENTENCES;
    ByteFinder& finder = by_sentence ? separators_ : breaks_;
    while ((place = finder.from(place)) < end) {
        const Separator found = separator_at(place, start, end, cut == PARAGRAPHS || cut == WRAPPED_SENTENCES);
        if (found.is_found) begin_block(found.end);
        place = found.end;
    }
}

TextCutter::Separator TextCutter::separator_at(i64 place, i64 start, i64 end, bool by_paragraph) const {
    const u8* utf8 = bytes_.data();
    const u8 byte = utf8[place];
    if (is_break(byte)) {
        const i64 stop = end_of_breaks(utf8, place, end);
        const bool is_pair = byte == '\r' && place + 1 < end && utf8[place + 1] == '\n';
        return {!by_paragraph || stop > place + 1 + is_pair, stop};
    }
    if (byte >= ASCII && (place + 1 == end || !rule_.may_be_mark(byte, utf8[place + 1]))) return {false, place + 1};
    const u8 role = rule_.role_of(character_at(utf8, place, end));
    i64 stop = after_character(utf8, place, end);
    if (role & CutRule::ENDS) return {true, skip_space(utf8, skip(stop, end, CutRule::CLOSES_WIDE), end)};
    if (!(role & CutRule::ENDS_BEFORE_SPACE) || (byte == '.' && ends_initial(start, place))) return {false, stop};
    // If no white space follows, no mark among the closing ones ends a sentence either.
    stop = skip(stop, end, CutRule::CLOSES);
    const i64 space_end = skip_space(utf8, stop, end);
    return {space_end > stop, space_end};
}

// Returns the end of the characters of a role that begin at a place.
i64 TextCutter::skip(i64 place, i64 end, u8 role) const {
    while (place < end && rule_.role_of(character_at(bytes_.data(), place, end)) & role)
        place = after_character(bytes_.data(), place, end);
    return place;
}

// Tells whether the word before a place is one capital letter.
bool TextCutter::ends_initial(i64 start, i64 place) const {
    const u8* utf8 = bytes_.data();
    if (place == start) return false;
    const i64 letter = previous(utf8, start, place);
    if (!rule_.classes.is(CharacterClasses::INITIAL, character_at(utf8, letter, place))) return false;
    if (letter == start) return true;
    const i64 before = previous(utf8, start, letter);
    return !rule_.classes.is(CharacterClasses::WORD_CHARACTER, character_at(utf8, before, letter));
}

namespace {
// Cuts texts into blocks. Returns where the blocks begin, the number of blocks of each text, and its cut.
std::tuple<std::vector<i64>, GrowingArray<i64>, GrowingArray<u8>> cut_blocks(
    const Array<u8>& utf8, const Array<i64>& offsets, const CutRule& rule, const std::string& block) {
    const std::span<const i64> edges(offsets.data(), offsets.shape(0));
    const auto count = static_cast<std::size_t>(check_offsets(edges, utf8.shape(0)));
    GrowingArray<i64> counts(count);
    GrowingArray<u8> cuts(count);
    std::vector<i64> begins;
    nb::gil_scoped_release release;
    TextCutter cutter({utf8.data(), static_cast<std::size_t>(edges.back())}, rule);
    for (std::size_t text = 0; text < count; ++text) {
        const auto before = std::ssize(begins);
        const Cut cut = cutter.choose(edges[text], edges[text + 1], block);
        cutter.split(edges[text], edges[text + 1], cut, begins);
        counts.data()[text] = std::ssize(begins) - before;
        cuts.data()[text] = cut;
    }
    return {std::move(begins), std::move(counts), std::move(cuts)};
}

// Returns the cut of one text.
u8 choose_cut(const Array<u8>& utf8, const CutRule& rule, const std::string& block) {
    nb::gil_scoped_release release;
    const Bytes bytes(utf8.data(), utf8.shape(0));
    return TextCutter(bytes, rule).choose(0, std::ssize(bytes), block);
}

// Returns where the blocks of one text begin, and its end.
std::vector<i64> split_text(const Array<u8>& utf8, const CutRule& rule, u8 cut) {
    if (cut > WRAPPED_SENTENCES) throw nb::value_error("cut: must be 0 to 3");
    nb::gil_scoped_release release;
    const Bytes bytes(utf8.data(), utf8.shape(0));
    std::vector<i64> edges;
    TextCutter(bytes, rule).split(0, std::ssize(bytes), static_cast<Cut>(cut), edges);
    edges.push_back(std::ssize(bytes));
    return edges;
}
}  // namespace

void bind_blocks(nb::module_& m) {
    nb::class_<CutRule>(m, "CutRule").def(nb::init<nb::object>(), "constants"_a);
    m.def("choose_cut", &choose_cut, "utf8"_a, "rule"_a, "block"_a);
    m.def("split_text", &split_text, "utf8"_a, "rule"_a, "cut"_a);
    m.def("cut_blocks", &cut_blocks, "utf8"_a, "offsets"_a, "rule"_a, "block"_a);
}
}  // namespace dedup
