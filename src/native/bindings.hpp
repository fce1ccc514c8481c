// What each file of functions adds to the module.
#pragma once
#include "arrays.hpp"

namespace dedup {
using Bind = void(nb::module_&);
Bind bind_strings, bind_hashing, bind_sketching, bind_exact_copies;
Bind bind_sharing, bind_numbering, bind_matching;                                      // keys and candidates
Bind bind_numbers, bind_elements, bind_numeric_variants;                               // numeric variants
Bind bind_layout, bind_documents, bind_repetition, bind_pieces, bind_sources, bind_winnow;  // parts of texts
Bind bind_finding, bind_packing;                                                       // indexes
}  // namespace dedup
