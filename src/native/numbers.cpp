#include "numbers.hpp"

#include "characters.hpp"

namespace dedup {
namespace {
constexpr u64 EACH_BYTE = 0x0101010101010101u, HIGH_BITS = 0x80 * EACH_BYTE;
constexpr u32 DIGITS = 10, NINE = 9;

// The first two bytes of a character in UTF-8, that is not ASCII.
u32 first_bytes(u32 code) {
    if (code < 0x800) return (0xC0 | code >> 6) << 8 | 0x80 | (code & 63);
    return (0xE0 | code >> 12) << 8 | 0x80 | (code >> 6 & 63);
}

bool is_name(u8 byte) { return byte == '_' || (byte < ASCII && 'a' <= (byte | 0x20) && (byte | 0x20) <= 'z'); }

void number_prints(const TextsHolder& texts, const NumberSigns& signs, const Array<bool>& wanted, i64 first, i64 last,
                   const Written<u64>& result) {
    texts.checked(first, last);
    if (static_cast<i64>(wanted.shape(0)) != texts.rows() || result.shape(0) != wanted.shape(0))
        throw nb::value_error("wanted, result: not one of each row");
    nb::gil_scoped_release release;
    for (i64 row = first; row < last; ++row) {
        u64& total = result.data()[row] = 0;
        if (!wanted.data()[row]) continue;
        texts.ask(row);
        NumberScan scan(signs, texts.texts(), row);
        for (Number number{}; scan.next(number);) total = mix(total + number.value);
    }
}
}  // namespace

NumberSigns::NumberSigns(const nb::object& constants) : signs_(CODES, NO_DIGIT) {
    const auto entry = [&](u32 code) -> std::uint16_t& {
        if (code >= CODES) throw nb::value_error("numbers: a sign beyond the basic plane");
        return signs_[code];
    };
    for (const u32 zero : constants_of<u32>(constants, "zeros"))
        for (u32 value = 0; value < DIGITS; ++value) {
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
    add("minus", MINUS);
    add("plus", PLUS);
    add("per_cent", PER_CENT);
    add("blanks", BLANK);
    add("opening", OPENING);
    add("currency_signs", CURRENCY);
    const auto codes = constants_of<u32>(constants, "currency_signs");
    const auto values = constants_of<u64>(constants, "currency_values");
    if (codes.size() != values.size()) throw nb::value_error("numbers: currencies without values");
    for (std::size_t place = 0; place < codes.size(); ++place) currency_.emplace_back(codes[place], values[place]);
    std::sort(currency_.begin(), currency_.end());
    const auto per_mille = constant<u32>(constants, "per_mille");
    entry(per_mille) = static_cast<std::uint16_t>(entry(per_mille) | PER_MILLE);
    group_ = constant<i64>(constants, "group");
    point_ = constant<u64>(constants, "point");
    digit_start_ = constant<u64>(constants, "digit_start");
    digit_factor_ = constant<u64>(constants, "digit_factor");
    sign_factor_ = constant<u64>(constants, "sign_factor");
    share_factor_ = constant<u64>(constants, "share_factor");
    currency_factor_ = constant<u64>(constants, "currency_factor");
}

// Tells whether a digit may begin in so many bytes.
bool NumberSigns::may_have_digit(const u8* utf8) const {
    u64 bytes;
    static_assert(sizeof bytes == STEP);
    std::memcpy(&bytes, utf8, sizeof bytes);
    if (bytes & HIGH_BITS) {
        u8 begins = 0;
        for (i64 place = 0; place < STEP; ++place) begins |= begins_digit_[utf8[place]];
        return begins;
    }
    const u64 from_zero = bytes + (0x80 - '0') * EACH_BYTE, behind_nine = bytes + (0x80 - '9' - 1) * EACH_BYTE;
    return from_zero & ~behind_nine & HIGH_BITS;
}

u64 NumberSigns::currency_of(u32 code) const {
    if (!(signs_of(code) & CURRENCY)) return 0;
    return std::lower_bound(currency_.begin(), currency_.end(), std::pair<u32, u64>(code, 0))->second;
}

bool NumberScan::next(Number& number) {
    while ((place_ = next_digit(place_)) < stop_) {
        if (place_ > start_ && is_name(utf8_[place_ - 1])) {
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

// The first digit from a place on, or the end.
i64 NumberScan::next_digit(i64 place) const {
    while (place < stop_) {
        const i64 edge = std::min(place + NumberSigns::STEP, stop_);
        if (edge - place == NumberSigns::STEP && !signs_.may_have_digit(utf8_ + place)) {
            place = edge;
            continue;
        }
        for (; place < edge; ++place) {
            const u32 first = utf8_[place], second = place + 1 < stop_ ? utf8_[place + 1] : 0;
            if (signs_.may_begin_digit_[first << 8 | second] && is_digit_at(place)) return place;
        }
    }
    return place;
}

// Of damaged UTF-8 it is any code point.
NumberScan::Character NumberScan::character_at(i64 place) const {
    if (place >= stop_) return {NONE, place};
    auto edge = static_cast<u64>(place);
    const auto code = static_cast<u32>(decode(utf8_, edge, static_cast<u64>(stop_)));
    return {code, static_cast<i64>(edge)};
}

NumberScan::Character NumberScan::character_before(i64 place) const {
    if (place <= start_) return {NONE, place};
    i64 begin = place - 1;
    while (begin > start_ && (utf8_[begin] & 0xC0) == 0x80) --begin;
    return {character_at(begin).code, begin};
}

bool NumberScan::is_digit_at(i64 place) const {
    return (signs_.signs_of(character_at(place).code) & NumberSigns::VALUE) <= NINE;
}

NumberScan::Digits NumberScan::digits_at(i64 place) const {
    i64 count = 0;
    while (place < stop_) {
        const Character character = character_at(place);
        if ((signs_.signs_of(character.code) & NumberSigns::VALUE) > NINE) break;
        place = character.edge;
        ++count;
    }
    return {place, count};
}

// The end of the three digits at a place, 0 where there are more or fewer.
i64 NumberScan::group_end(i64 place) const {
    const Digits digits = digits_at(place);
    return digits.count == signs_.group_ ? digits.end : 0;
}

// The end of three digits behind a full stop that parts thousands, else 0.
i64 NumberScan::point_group_end(i64 place, u32 mark) const {
    const i64 end = group_end(place);
    if (end == 0 || mark == '.') return end;
    if (mark != 0 || end >= stop_ || utf8_[end] != '.') return 0;
    return group_end(end + 1) ? end : 0;
}

u64 NumberScan::hashed(u64 value, i64 place, i64 stop) const {
    while (place < stop) {
        const Character character = character_at(place);
        value = (value ^ (signs_.signs_of(character.code) & NumberSigns::VALUE)) * signs_.digit_factor_;
        place = character.edge;
    }
    return value;
}

// Reads the digits of a number, its groups and its points.
void NumberScan::parse(Number& number) const {
    const Digits digits = digits_at(number.start);
    u64 value = hashed(signs_.digit_start_, number.start, digits.end);
    const u32 first = signs_.signs_of(character_at(number.start).code) & NumberSigns::VALUE;
    bool grouped = digits.count <= signs_.group_ && first != 0;
    i64 end = digits.end;
    u32 mark = 0;  // between groups, once there is one
    while (end < stop_) {
        const Character character = character_at(end);
        const u32 code = character.code, signs = signs_.signs_of(code);
        i64 following = 0;
        if (grouped && (mark == 0 || mark == code) && signs & NumberSigns::GROUP_MARK)
            following = group_end(character.edge);
        if (!following && grouped && code == '.') following = point_group_end(character.edge, mark);
        if (following) {
            mark = code;
        } else {
            if (!(signs & NumberSigns::POINT_MARK)) break;
            const Digits decimals = digits_at(character.edge);
            if (decimals.count == 0) break;
            grouped = false;
            following = decimals.end;
            value = (value ^ signs_.point_) * signs_.digit_factor_;
        }
        value = hashed(value, character.edge, following);
        end = following;
    }
    number.stop = end;
    number.value = value;
}

// Adds the sign, the share and the currency before and behind a number to its value.
void NumberScan::add_marks(Number& number) const {
    u64 sign = sign_before(number.start);
    const Character nearest = character_before(number.start);
    const bool is_apart = signs_.signs_of(nearest.code) & NumberSigns::BLANK;
    const Character before = is_apart ? character_before(nearest.edge) : nearest;
    u64 currency = signs_.currency_of(before.code);
    if (currency && !sign)
        sign = sign_before(before.edge);
    else if (!currency && sign)
        currency = signs_.currency_of(character_before(nearest.edge).code);
    Character after = character_at(number.stop);
    if (signs_.signs_of(after.code) & NumberSigns::BLANK) after = character_at(after.edge);
    const u32 signs = signs_.signs_of(after.code);
    const u64 share = signs & NumberSigns::PER_CENT ? 1 : signs & NumberSigns::PER_MILLE ? 2 : 0;
    if (!currency && !is_digit_at(after.edge)) currency = signs_.currency_of(after.code);
    const u64 marks =
        sign * signs_.sign_factor_ + share * signs_.share_factor_ + currency * signs_.currency_factor_;
    number.value = mix(number.value + marks);
}

// 1 for a minus right before a place, 2 for a plus, 0 for none.
u64 NumberScan::sign_before(i64 place) const {
    const Character character = character_before(place);
    const u32 signs = signs_.signs_of(character.code);
    if (!(signs & (NumberSigns::MINUS | NumberSigns::PLUS))) return 0;
    const u32 before = character_before(character.edge).code;
    if (before != NONE && !(signs_.signs_of(before) & (NumberSigns::OPENING | NumberSigns::CURRENCY))) return 0;
    return signs & NumberSigns::MINUS ? 1 : 2;
}

bool same_numbers(const NumberSigns& signs, const Texts& texts, i64 row, i64 other) {
    NumberScan own(signs, texts, row), others(signs, texts, other);
    Number number{}, instead{};
    while (true) {
        const bool one = own.next(number), two = others.next(instead);
        if (!one || !two) return one == two;
        if (number.value != instead.value) return false;
    }
}

void bind_numbers(nb::module_& m) {
    nb::class_<NumberSigns>(m, "NumberSigns").def(nb::init<nb::object>(), "constants"_a);
    m.def("number_prints", &number_prints, "texts"_a, "signs"_a, "wanted"_a, "first"_a, "last"_a, "result"_a);
}
}  // namespace dedup
