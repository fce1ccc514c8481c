// Cuts texts into blocks: text/blocks.py.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "character_classes.hpp"

namespace dedup {
using Bytes = std::span<const u8>;  // a buffer of UTF-8

// The kinds of blocks, in the order of text.blocks.CUTS.
enum Cut : u8 { PARAGRAPHS, LINES, SENTENCES, WRAPPED_SENTENCES };

// The constants of text/blocks.py. They do not change, so threads may share them.
class CutRule {
   public:
    explicit CutRule(const nb::object& rule);

    i64 long_line, wrap_width, longest_word;  // characters
    i64 forced_breaks, total_breaks;          // of wrapped prose: at least so many of so many line breaks
    i64 min_continued_fifths;
    CharacterClasses classes;

    // What a character may be in a separator.
    enum Role : u8 { ENDS_BEFORE_SPACE = 1, CLOSES = 2, ENDS = 4, CLOSES_WIDE = 8 };
    u8 role_of(u64 code) const {
        for (const auto& [mark, role] : roles_)
            if (mark == code) return role;
        return 0;
    }
    // The first bytes of line breaks; of these and of all marks.
    const std::vector<u8>& break_bytes() const { return break_bytes_; }
    const std::vector<u8>& separator_bytes() const { return separator_bytes_; }
    // Tells whether a mark may begin with these two bytes.
    bool may_be_mark(u8 lead, u8 second) const { return lead < 0x80 || is_second_[second]; }

   private:
    std::vector<std::pair<u64, u8>> roles_;
    std::vector<u8> break_bytes_, separator_bytes_;
    bool is_second_[256] = {};
};

// A line without white space at both ends.
struct Line {
    i64 start, stop;  // its bytes
    i64 size;         // characters
};

// Finds the places of some bytes in a buffer. Places must be asked for in ascending order.
class ByteFinder {
   public:
    ByteFinder(Bytes bytes, const std::vector<u8>& wanted);
    // Returns the first place of a wanted byte at or after a place, or the size of the buffer.
    i64 from(i64 place) {
        while (next_ < count_ && found_[next_] < place) ++next_;
        return next_ < count_ ? found_[next_] : search_from(place);
    }

   private:
    i64 search_from(i64 place);

    Bytes bytes_;
    const std::vector<u8>& wanted_;
    std::vector<i64> found_;
    i64 searched_ = 0, next_ = 0, count_ = 0;
};

// Cuts texts of one buffer, in ascending order.
class TextCutter {
   public:
    TextCutter(Bytes bytes, const CutRule& rule);

    // Returns the cut of a text: text.blocks.choose.
    Cut choose(i64 start, i64 end, const std::string& block);
    // Adds the places where the blocks of a text begin: text.blocks.split.
    void split(i64 start, i64 end, Cut cut, std::vector<i64>& begins);

   private:
    struct Separator {
        bool is_found;
        i64 end;  // of the separator; if there is none, the next place where one may begin
    };
    void find_lines(i64 start, i64 end);
    Separator separator_at(i64 place, i64 start, i64 end, bool by_paragraph) const;
    bool ends_initial(i64 start, i64 place) const;
    i64 skip(i64 place, i64 end, u8 role) const;

    Bytes bytes_;
    const CutRule& rule_;
    ByteFinder layout_breaks_, breaks_, separators_;
    std::vector<Line> lines_;
};

// Adds the lines between two places to `lines`.
void add_line(Bytes bytes, i64 start, i64 stop, std::vector<Line>& lines);

// Returns a text without white space at both ends, as str.strip does.
Bytes stripped(Bytes text);

// The characters that text.sentence_ends.ends_sentence knows.
struct EndMarks {
    std::string after_end_marks, end_marks;  // UTF-8
    u64 first_without_end, last_without_end;  // after these characters a full stop ends no sentence
};

// Tells whether a text ends with a sentence mark, perhaps followed by closing quotes.
bool ends_sentence(Bytes text, const EndMarks& marks);

// Tells whether lines, none of them blank, are prose wrapped to a width: text.blocks.is_wrapped.
bool is_wrapped(Bytes bytes, std::span<const Line> lines, const CutRule& rule);
}  // namespace dedup
