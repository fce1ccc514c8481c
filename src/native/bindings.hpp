// What each file of functions adds to the module.
#pragma once
#include "arrays.hpp"

namespace dedup {
void bind_finding(nb::module_& m);
void bind_hashing(nb::module_& m);
void bind_hits(nb::module_& m);
void bind_packing(nb::module_& m);
void bind_pieces(nb::module_& m);
void bind_sources(nb::module_& m);
void bind_winnow(nb::module_& m);
}  // namespace dedup
