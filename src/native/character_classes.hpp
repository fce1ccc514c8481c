// The classes of characters of text.blocks.character_classes.
#pragma once
#include <array>
#include <atomic>
#include <vector>

#include "arrays.hpp"

namespace dedup {
// Asks Python for the classes of 256 characters when the first of them is needed. Threads may share it.
class CharacterClasses {
   public:
    enum Class : u8 { WORD_CHARACTER = 1, INITIAL = 2, PUNCTUATION = 4, CONTINUES = 8 };

    explicit CharacterClasses(nb::object classes_of_page) : classes_of_page_(std::move(classes_of_page)) {}
    // Tells whether a character, at most U+10FFFF, is of a class.
    bool is(Class wanted, u64 code) const {
        const u8* page = pages_[code >> BITS].load(std::memory_order_acquire);
        return ((page ? page : ask(code >> BITS))[code & (CHARACTERS - 1)] & wanted) != 0;
    }

   private:
    static constexpr u64 BITS = 8, CHARACTERS = 1 << BITS, PAGES = 0x110000 >> BITS;

    const u8* ask(u64 page) const {
        nb::gil_scoped_acquire lock;
        const auto classes = nb::cast<nb::bytes>(classes_of_page_(page));
        if (classes.size() != CHARACTERS) throw nb::value_error("classes_of_page: must return 256 bytes");
        held_.push_back(classes);
        const auto* values = static_cast<const u8*>(classes.data());
        pages_[page].store(values, std::memory_order_release);
        return values;
    }

    nb::object classes_of_page_;
    mutable std::vector<nb::bytes> held_;
    mutable std::array<std::atomic<const u8*>, PAGES> pages_{};
};
}  // namespace dedup
