#include "items.hpp"

#include <string_view>

#include "bindings.hpp"
#include "constants.hpp"

namespace dedup {
namespace {
std::vector<std::string> with_space(const nb::object& constants, const char* name) {
    std::vector<std::string> marks;
    for (const nb::bytes& mark : constants_of<nb::bytes>(constants, name))
        marks.push_back(std::string(mark.c_str(), mark.size()) + " ");
    return marks;
}

bool begins_with_one(std::string_view text, const std::vector<std::string>& marks) {
    return std::any_of(marks.begin(), marks.end(), [&](const std::string& mark) { return text.starts_with(mark); });
}

bool is_letter(char byte) { return 'a' <= (byte | 0x20) && (byte | 0x20) <= 'z'; }
bool is_digit(char byte) { return '0' <= byte && byte <= '9'; }
}  // namespace

ItemMarks::ItemMarks(const nb::object& constants)
    : bullets_(with_space(constants, "bullets")),
      dashes_(with_space(constants, "dashes")),
      most_digits_(constant<std::size_t>(constants, "most_digits")) {}

bool ItemMarks::is_item(const Texts& texts, i64 row) const {
    const i64 start = texts.offsets[row], stop = texts.offsets[row + 1];
    // Bytes of text are read as characters, of which only those of ASCII are asked.
    std::string_view text(reinterpret_cast<const char*>(texts.utf8 + start), static_cast<std::size_t>(stop - start));
    constexpr std::string_view BLANKS = " \t\n\r", OPENING = "(";
    text.remove_prefix(std::min(text.find_first_not_of(BLANKS), text.size()));
    text = text.substr(0, text.find_last_not_of(BLANKS) + 1);
    if (text.find_first_of("\t|") != text.npos) return true;  // cells
    if (begins_with_one(text, bullets_)) return true;
    if (text.starts_with(OPENING)) text.remove_prefix(OPENING.size());
    std::size_t digits = 0;
    while (digits < std::min(most_digits_, text.size()) && is_digit(text[digits])) ++digits;
    if (text.empty()) return false;
    const std::string_view rest = text.substr(digits == 0 ? 1 : digits);
    if (digits == 0) return is_letter(text[0]) && (rest.starts_with(". ") || rest.starts_with(") "));
    if (!rest.empty() && std::string_view(".):]").find(rest[0]) != rest.npos) return rest.substr(1).starts_with(' ');
    return rest.starts_with(' ') && begins_with_one(rest.substr(1), dashes_);
}

void bind_items(nb::module_& m) {
    nb::class_<ItemMarks>(m, "ItemMarks").def(nb::init<nb::object>(), nb::arg("constants"));
}
}  // namespace dedup
