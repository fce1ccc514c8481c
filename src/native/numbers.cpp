#include "numbers.hpp"

#include "characters.hpp"

namespace dedup {
namespace {
constexpr u64 EACH_BYTE = 0x0101010101010101u, HIGH_BITS = 0x80 * EACH_BYTE;
constexpr u32 DIGIT_COUNT = 10, LARGEST_DIGIT = 9;

// Returns the first two bytes of a character in UTF-8 that is not ASCII.
u32 first_bytes(u32 code) {
    if (code < 0x800) return (0xC0 | code >> 6) << 8 | 0x80 | (code & 63);
    return (0xE0 | code >> 12) << 8 | 0x80 | (code >> 6 & 63);
}

bool is_name_byte(u8 byte) { return byte == '_' || (byte < ASCII && 'a' <= (byte | 0x20) && (byte | 0x20) <= 'z'); }

void number_fingerprints(const TextsHolder& texts, const NumberMarks& marks, const Array<bool>& wanted, i64 first,
                         i64 last, const OutputArray<u64>& fingerprints) {
    check_range(first, last, texts.rows());
    if (static_cast<i64>(wanted.shape(0)) != texts.rows() || fingerprints.shape(0) != wanted.shape(0))
        throw nb::value_error("wanted, fingerprints: not one of each row");
    nb::gil_scoped_release release;
    RowReader reader(texts);
    for (i64 row = first; row < last; ++row) {
        u64& total = fingerprints.data()[row] = 0;
        if (!wanted.data()[row]) continue;
        NumberScan scan(marks, reader.read(row), 0);
        for (Number number{}; scan.next(number);) total = mix(total + number.value);
    }
}
}  // namespace

NumberMarks::NumberMarks(const nb::object& constants) : flags_(BASIC_CODES, NOT_A_DIGIT) {
    const auto entry = [&](u32 code) -> std::uint16_t& {
        if (code >= BASIC_CODES) throw nb::value_error("numbers: a mark beyond the basic plane");
        return flags_[code];
    };
    for (const u32 zero : constants_of<u32>(constants, "digit_zeros"))
        for (u32 value = 0; value < DIGIT_COUNT; ++value) {
            entry(zero + value) = static_cast<std::uint16_t>(value);
            const u32 code = zero + value, bytes = code < ASCII ? code << 8 : first_bytes(code);
            begins_digit_[bytes >> 8] = true;
            if (code >= ASCII) may_begin_digit_[bytes] = true;
            for (u32 second = 0; code < ASCII && second <= 0xFF; ++second) may_begin_digit_[bytes | second] = true;
        }
    const auto add = [&](const char* name, u32 flag) {
        for (const u32 code : constants_of<u32>(constants, name))
            entry(code) = static_cast<std::uint16_t>(entry(code) | flag);
    };
    add("group_marks", GROUP_MARK);
    add("point_marks", POINT_MARK);
    add("minus_signs", MINUS);
    add("plus_signs", PLUS);
    add("per_cent_signs", PER_CENT);
    add("blanks", BLANK);
    add("sign_openers", SIGN_OPENER);
    add("currency_codes", CURRENCY);
    const auto codes = constants_of<u32>(constants, "currency_codes");
    const auto values = constants_of<u64>(constants, "currency_values");
    if (codes.size() != values.size()) throw nb::value_error("numbers: currencies without values");
    for (std::size_t place = 0; place < codes.size(); ++place) currency_.emplace_back(codes[place], values[place]);
    std::sort(currency_.begin(), currency_.end());
    const auto per_mille = constant<u32>(constants, "per_mille_sign");
    entry(per_mille) = static_cast<std::uint16_t>(entry(per_mille) | PER_MILLE);
    digits_per_group_ = constant<i64>(constants, "digits_per_group");
    point_value_ = constant<u64>(constants, "point_value");
    digit_start_ = constant<u64>(constants, "digit_start");
    digit_factor_ = constant<u64>(constants, "digit_factor");
    sign_factor_ = constant<u64>(constants, "sign_factor");
    share_factor_ = constant<u64>(constants, "share_factor");
    currency_factor_ = constant<u64>(constants, "currency_factor");
}

// Tells whether a digit may begin in the next bytes.
bool NumberMarks::may_have_digit(const u8* utf8) const {
    u64 bytes;
    static_assert(sizeof bytes == SEARCHED_BYTES);
    std::memcpy(&bytes, utf8, sizeof bytes);
    if (bytes & HIGH_BITS) {
        u8 begins = 0;
        for (i64 place = 0; place < SEARCHED_BYTES; ++place) begins |= begins_digit_[utf8[place]];
        return begins;
    }
    const u64 from_zero = bytes + (0x80 - '0') * EACH_BYTE, behind_nine = bytes + (0x80 - '9' - 1) * EACH_BYTE;
    return from_zero & ~behind_nine & HIGH_BITS;
}

u64 NumberMarks::currency_of(u32 code) const {
    if (!(flags_of(code) & CURRENCY)) return 0;
    return std::lower_bound(currency_.begin(), currency_.end(), std::pair<u32, u64>(code, 0))->second;
}

bool NumberScan::next(Number& number) {
    while ((place_ = next_digit(place_)) < stop_) {
        if (place_ > start_ && is_name_byte(utf8_[place_ - 1])) {
            place_ = digits_at(place_).end;
            continue;
        }
        number.start = place_;
        parse(number);
        add_marks(number);
        place_ = number.stop;
        return true;
    }
    return false;
}

// Returns the first digit from a place on, or the end.
i64 NumberScan::next_digit(i64 place) const {
    while (place < stop_) {
        const i64 edge = std::min(place + NumberMarks::SEARCHED_BYTES, stop_);
        if (edge - place == NumberMarks::SEARCHED_BYTES && !marks_.may_have_digit(utf8_ + place)) {
            place = edge;
            continue;
        }
        for (; place < edge; ++place) {
            const u32 first = utf8_[place], second = place + 1 < stop_ ? utf8_[place + 1] : 0;
            if (marks_.may_begin_digit_[first << 8 | second] && is_digit_at(place)) return place;
        }
    }
    return place;
}

// Damaged UTF-8 gives any code point.
NumberScan::Character NumberScan::character_at(i64 place) const {
    if (place >= stop_) return {NO_CODE, place};
    auto edge = static_cast<u64>(place);
    const auto code = static_cast<u32>(decode(utf8_, edge, static_cast<u64>(stop_)));
    return {code, static_cast<i64>(edge)};
}

NumberScan::Character NumberScan::character_before(i64 place) const {
    if (place <= start_) return {NO_CODE, place};
    i64 begin = place - 1;
    while (begin > start_ && (utf8_[begin] & 0xC0) == 0x80) --begin;
    return {character_at(begin).code, begin};
}

bool NumberScan::is_digit_at(i64 place) const {
    return (marks_.flags_of(character_at(place).code) & NumberMarks::VALUE) <= LARGEST_DIGIT;
}

NumberScan::Digits NumberScan::digits_at(i64 place) const {
    i64 count = 0;
    while (place < stop_) {
        const Character character = character_at(place);
        if ((marks_.flags_of(character.code) & NumberMarks::VALUE) > LARGEST_DIGIT) break;
        place = character.edge;
        ++count;
    }
    return {place, count};
}

// Returns the end of the three digits at a place, 0 if there are more or fewer.
i64 NumberScan::group_end(i64 place) const {
    const Digits digits = digits_at(place);
    return digits.count == marks_.digits_per_group_ ? digits.end : 0;
}

// Returns the end of three digits behind a full stop that separates thousands, else 0.
i64 NumberScan::point_group_end(i64 place, u32 mark) const {
    const i64 end = group_end(place);
    if (end == 0 || mark == '.') return end;
    if (mark != 0 || end >= stop_ || utf8_[end] != '.') return 0;
    return group_end(end + 1) ? end : 0;
}

u64 NumberScan::with_digits(u64 value, i64 place, i64 stop) const {
    while (place < stop) {
        const Character character = character_at(place);
        value = (value ^ (marks_.flags_of(character.code) & NumberMarks::VALUE)) * marks_.digit_factor_;
        place = character.edge;
    }
    return value;
}

// Reads the digits of a number, its groups and its points.
void NumberScan::parse(Number& number) const {
    const Digits digits = digits_at(number.start);
    u64 value = with_digits(marks_.digit_start_, number.start, digits.end);
    const u32 first = marks_.flags_of(character_at(number.start).code) & NumberMarks::VALUE;
    bool grouped = digits.count <= marks_.digits_per_group_ && first != 0;
    i64 end = digits.end;
    u32 mark = 0;  // the separator of groups, after the first one
    while (end < stop_) {
        const Character character = character_at(end);
        const u32 code = character.code, flags = marks_.flags_of(code);
        i64 following = 0;
        if (grouped && (mark == 0 || mark == code) && flags & NumberMarks::GROUP_MARK)
            following = group_end(character.edge);
        if (!following && grouped && code == '.') following = point_group_end(character.edge, mark);
        if (following) {
            mark = code;
        } else {
            if (!(flags & NumberMarks::POINT_MARK)) break;
            const Digits decimals = digits_at(character.edge);
            if (decimals.count == 0) break;
            grouped = false;
            following = decimals.end;
            value = (value ^ marks_.point_value_) * marks_.digit_factor_;
        }
        value = with_digits(value, character.edge, following);
        end = following;
    }
    number.stop = end;
    number.value = value;
}

// Adds the sign, the share and the currency before and behind a number to its value.
void NumberScan::add_marks(Number& number) const {
    u64 sign = sign_before(number.start);
    const Character nearest = character_before(number.start);
    const bool is_spaced = marks_.flags_of(nearest.code) & NumberMarks::BLANK;
    const Character before = is_spaced ? character_before(nearest.edge) : nearest;
    u64 currency = marks_.currency_of(before.code);
    if (currency && !sign)
        sign = sign_before(before.edge);
    else if (!currency && sign)
        currency = marks_.currency_of(character_before(nearest.edge).code);
    Character after = character_at(number.stop);
    if (marks_.flags_of(after.code) & NumberMarks::BLANK) after = character_at(after.edge);
    const u32 flags = marks_.flags_of(after.code);
    const u64 share = flags & NumberMarks::PER_CENT ? 1 : flags & NumberMarks::PER_MILLE ? 2 : 0;
    if (!currency && !is_digit_at(after.edge)) currency = marks_.currency_of(after.code);
    const u64 marks =
        sign * marks_.sign_factor_ + share * marks_.share_factor_ + currency * marks_.currency_factor_;
    number.value = mix(number.value + marks);
}

// Returns 1 for a minus right before a place, 2 for a plus, 0 for none.
u64 NumberScan::sign_before(i64 place) const {
    const Character character = character_before(place);
    const u32 flags = marks_.flags_of(character.code);
    if (!(flags & (NumberMarks::MINUS | NumberMarks::PLUS))) return 0;
    const u32 before = character_before(character.edge).code;
    if (before != NO_CODE && !(marks_.flags_of(before) & (NumberMarks::SIGN_OPENER | NumberMarks::CURRENCY))) return 0;
    return flags & NumberMarks::MINUS ? 1 : 2;
}

bool same_numbers(const NumberMarks& marks, const Texts& texts, i64 row, i64 other_row) {
    NumberScan scan(marks, texts, row), other_scan(marks, texts, other_row);
    Number number{}, other_number{};
    while (true) {
        const bool has_next = scan.next(number), other_has_next = other_scan.next(other_number);
        if (!has_next || !other_has_next) return has_next == other_has_next;
        if (number.value != other_number.value) return false;
    }
}

void bind_numbers(nb::module_& m) {
    nb::class_<NumberMarks>(m, "NumberMarks").def(nb::init<nb::object>(), "constants"_a);
    m.def("number_fingerprints", &number_fingerprints, "texts"_a, "marks"_a, "wanted"_a, "first"_a, "last"_a,
          "fingerprints"_a);
}
}  // namespace dedup
