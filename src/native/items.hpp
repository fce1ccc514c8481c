// Which blocks of a text are items of a list or rows of a table: matching/items.py.
#pragma once
#include <string>
#include <vector>

#include "arrays.hpp"
#include "types.hpp"

namespace dedup {
// The bullets and dashes of lists.
class ItemMarks {
   public:
    // From an object with the constants of matching/items.py, by their names in small letters.
    explicit ItemMarks(const nb::object& constants);
    // Tells whether a row begins with a bullet, a number or a letter of a list, or has cells.
    bool is_item(const Texts& texts, i64 row) const;

   private:
    std::vector<std::string> bullets_, dashes_;  // each with a space behind it
    std::size_t most_digits_;
};
}  // namespace dedup
