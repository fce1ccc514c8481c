// Tells whether a copy of a single block is in the body of an article: documents/body_copy.py.
#pragma once
#include <string>

#include "document_runs.hpp"

namespace dedup {
// The constants of documents/body_copy.py, and of text.sentence_ends.ends_sentence.
struct BodyRule {
    nb::handle rule;
    i64 top_paragraphs = number("top_paragraphs"), min_body_distance = number("min_body_distance");
    double summary_overlap = constant<double>(rule, "summary_overlap");
    i64 min_summary_paragraphs = number("min_summary_paragraphs"), running_text_words = number("running_text_words");
    i64 max_gap_blocks = number("max_gap_blocks");
    EndMarks marks{constant<std::string>(rule, "after_end_marks"), constant<std::string>(rule, "end_marks"),
                   constant<u64>(rule, "first_without_end"), constant<u64>(rule, "last_without_end")};

    i64 number(const char* name) const { return constant<i64>(rule, name); }
};

// Tells whether _runs_with_copy_in_body of documents/body_copy.py finds a run. `cut` is that of the document.
bool has_copy_in_body(const DocumentMatcher& document, std::span<const BlockRun> runs, const BodyRule& rule, Cut cut,
                      const CutRule& cut_rule);
}  // namespace dedup
