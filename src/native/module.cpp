// The module dedup._native. Functions take and return numpy arrays, and release the interpreter lock while they work.
#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
using Bind = void(nb::module_&);  // adds the functions of one file to the module
Bind bind_thread_data, bind_python_texts, bind_hashing, bind_blocks, bind_block_table, bind_line_hashes;  // arrays and text
Bind bind_sketches, bind_bottom_sketches, bind_exact_copies, bind_shared_keys, bind_matcher, bind_pair_counts;  // matching
Bind bind_numbers, bind_elements, bind_numeric_variants;                // numeric variants
Bind bind_self_repeating;                                               // documents
Bind bind_segments, bind_winnow, bind_window_sources;                   // spans
Bind bind_page_encoding, bind_page_lookup;                              // indexes
Bind bind_json_lines, bind_csv_records, bind_record_texts;              // datasets
}  // namespace dedup

NB_MODULE(_native, m) {
    using namespace dedup;
    nb::set_leak_warnings(false);  // they would appear when the interpreter ends while threads work
    m.attr("sources") = DEDUP_SOURCES;
    nb::class_<AlphabetHolder>(m, "Alphabet").def(nb::init<nb::object>(), "tables"_a);
    nb::class_<TextsHolder>(m, "Texts")
        .def(nb::init<nb::object, nb::object, nb::object, nb::object, bool, nb::object>(), "utf8"_a, "offsets"_a,
             "alphabet"_a, "shingle_factors"_a, "characters"_a, "source"_a = nb::none());
    m.def("level", [] { return kernels_in_use().level; });
    m.def("use_level", &use_kernels, "name"_a);
    for (Bind* bind : {bind_thread_data, bind_hashing, bind_sketches, bind_bottom_sketches, bind_exact_copies, bind_shared_keys, bind_matcher, bind_pair_counts, bind_numbers,
                       bind_elements, bind_numeric_variants, bind_blocks, bind_block_table, bind_line_hashes,
                       bind_self_repeating, bind_segments, bind_winnow, bind_window_sources, bind_page_encoding,
                       bind_page_lookup, bind_python_texts, bind_json_lines, bind_csv_records, bind_record_texts})
        bind(m);
}
