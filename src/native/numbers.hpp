// The numbers of a text, with the marks that are a part of their value: matching/numbers.py.
#pragma once
#include <array>
#include <bitset>
#include <cstring>
#include <utility>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// The digits and marks of all scripts, and the constants of the hash of a number.
class NumberSigns {
   public:
    // From an object with the constants of matching/numbers.py, by their names in small letters.
    explicit NumberSigns(const nb::object& constants);

   private:
    friend class NumberScan;
    // What a character is, in bits: the value of a digit, and flags above it.
    static constexpr u32 VALUE = 15, NO_DIGIT = 15, GROUP_MARK = 1 << 4, POINT_MARK = 1 << 5, MINUS = 1 << 6,
                         PLUS = 1 << 7, PER_CENT = 1 << 8, PER_MILLE = 1 << 9, BLANK = 1 << 10, OPENING = 1 << 11,
                         CURRENCY = 1 << 12;
    static constexpr i64 STEP = 8;          // bytes that are looked at at once
    static constexpr u32 CODES = 0x10000;  // of the basic plane: beyond it there is none of these

    u32 signs_of(u32 code) const { return code < CODES ? signs_[code] : NO_DIGIT; }
    u64 currency_of(u32 code) const;
    bool may_have_digit(const u8* utf8) const;

    std::vector<std::uint16_t> signs_;           // (CODES,)
    std::array<u8, 256> begins_digit_{};         // whether a character of this first byte may be a digit,
    std::bitset<0x10000> may_begin_digit_;       // and of these first two
    std::vector<std::pair<u32, u64>> currency_;  // the codes of signs of currency, and their values
    i64 group_ = 0;
    u64 point_ = 0, digit_start_ = 0, digit_factor_ = 0, sign_factor_ = 0, share_factor_ = 0, currency_factor_ = 0;
};

struct Number {
    i64 start, stop;  // the bytes of its digits
    u64 value;
};

// Reads the numbers of a row one after the other.
class NumberScan {
   public:
    NumberScan(const NumberSigns& signs, const Texts& texts, i64 row)
        : signs_(signs), utf8_(texts.utf8), start_(texts.offsets[row]), stop_(texts.offsets[row + 1]), place_(start_) {}
    // Tells whether there is another number, and reads it.
    bool next(Number& number);

   private:
    struct Character {
        u32 code;
        i64 edge;  // where it ends or, read backwards, begins
    };
    struct Digits {
        i64 end, count;
    };
    static constexpr u32 NONE = ~u32{0};  // before a text, and behind it

    Character character_at(i64 place) const;
    Character character_before(i64 place) const;
    bool is_digit_at(i64 place) const;
    Digits digits_at(i64 place) const;
    i64 group_end(i64 place) const;
    i64 point_group_end(i64 place, u32 mark) const;
    u64 hashed(u64 value, i64 place, i64 stop) const;
    i64 next_digit(i64 place) const;
    void parse(Number& number) const;
    void add_marks(Number& number) const;
    u64 sign_before(i64 place) const;

    const NumberSigns& signs_;
    const u8* utf8_;
    i64 start_, stop_, place_;
};

// Tells whether two rows have the same numbers in the same order.
bool same_numbers(const NumberSigns& signs, const Texts& texts, i64 row, i64 other);
}  // namespace dedup
