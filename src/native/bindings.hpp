// What each file of functions adds to the module.
#pragma once
#include "arrays.hpp"

namespace dedup {
void bind_bands(nb::module_& m);
void bind_bottom(nb::module_& m);
void bind_hashing(nb::module_& m);
void bind_leaders(nb::module_& m);
void bind_matching(nb::module_& m);
void bind_numbering(nb::module_& m);
void bind_sharing(nb::module_& m);
void bind_cutting(nb::module_& m);
void bind_repetition(nb::module_& m);
void bind_documents(nb::module_& m);
void bind_numbers(nb::module_& m);
void bind_elements(nb::module_& m);
void bind_numeric_variants(nb::module_& m);
void bind_finding(nb::module_& m);
void bind_packing(nb::module_& m);
void bind_pieces(nb::module_& m);
void bind_sources(nb::module_& m);
void bind_strings(nb::module_& m);
void bind_winnow(nb::module_& m);
}  // namespace dedup
