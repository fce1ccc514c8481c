// The numbers of a text, with the marks that are a part of their value: dedup/matching/numbers.py.
#pragma once
#include <array>
#include <bitset>
#include <cstring>
#include <utility>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// The digits and marks of all scripts, and the constants of the hash of a number.
class NumberMarks {
   public:
    // From an object with the constants of dedup/matching/numbers.py, by their names in lower case.
    explicit NumberMarks(const nb::object& constants);

   private:
    friend class NumberScan;
    // The bits of a character: the value of a digit, and flags above it.
    static constexpr u32 VALUE = 15, NOT_A_DIGIT = 15, GROUP_MARK = 1 << 4, POINT_MARK = 1 << 5, MINUS = 1 << 6,
                         PLUS = 1 << 7, PER_CENT = 1 << 8, PER_MILLE = 1 << 9, BLANK = 1 << 10, SIGN_OPENER = 1 << 11,
                         CURRENCY = 1 << 12;
    static constexpr i64 SEARCHED_BYTES = 8;          // at once, for a digit
    static constexpr u32 BASIC_CODES = 0x10000;  // of the basic plane, which has all digits and marks

    u32 flags_of(u32 code) const { return code < BASIC_CODES ? flags_[code] : NOT_A_DIGIT; }
    u64 currency_of(u32 code) const;
    bool may_have_digit(const u8* utf8) const;

    std::vector<std::uint16_t> flags_;           // (BASIC_CODES,)
    std::array<u8, 256> begins_digit_{};         // by the first byte of a character: whether it may be a digit
    std::bitset<0x10000> may_begin_digit_;       // by its first two bytes
    std::vector<std::pair<u32, u64>> currency_;  // the codes of currency marks, ascending, and their values
    i64 digits_per_group_ = 0;
    u64 point_value_ = 0, digit_start_ = 0, digit_factor_ = 0;
    u64 sign_factor_ = 0, share_factor_ = 0, currency_factor_ = 0;
};

struct Number {
    i64 start, stop;  // the bytes of its digits
    u64 value;
};

// Reads the numbers of a row, one after the other.
class NumberScan {
   public:
    NumberScan(const NumberMarks& marks, const Texts& texts, i64 row)
        : marks_(marks), utf8_(texts.utf8), start_(texts.offsets[row]), stop_(texts.offsets[row + 1]), place_(start_) {}
    // Reads the next number; returns false if there is none.
    bool next(Number& number);

   private:
    struct Character {
        u32 code;
        i64 edge;  // its end; or its beginning, if it was read backwards
    };
    struct Digits {
        i64 end, count;
    };
    static constexpr u32 NO_CODE = ~u32{0};  // before the text and behind it

    Character character_at(i64 place) const;
    Character character_before(i64 place) const;
    bool is_digit_at(i64 place) const;
    Digits digits_at(i64 place) const;
    i64 group_end(i64 place) const;
    i64 point_group_end(i64 place, u32 mark) const;
    u64 with_digits(u64 value, i64 place, i64 stop) const;
    i64 next_digit(i64 place) const;
    void parse(Number& number) const;
    void add_marks(Number& number) const;
    u64 sign_before(i64 place) const;

    const NumberMarks& marks_;
    const u8* utf8_;
    i64 start_, stop_, place_;
};

// Tells whether two rows have the same numbers in the same order.
bool same_numbers(const NumberMarks& marks, const Texts& texts, i64 row, i64 other_row);
}  // namespace dedup
