// The module dedup._native: arrays of numpy in and out, the lock of the interpreter released between.
#include "bindings.hpp"
#include "kernels.hpp"

NB_MODULE(_native, m) {
    using namespace dedup;
    nb::set_leak_warnings(false);  // of an interpreter that ends while threads work
    m.attr("sources") = DEDUP_SOURCES;
    nb::class_<AlphabetHolder>(m, "Alphabet").def(nb::init<nb::object>(), nb::arg("tables"));
    nb::class_<TextsHolder>(m, "Texts")
        .def(nb::init<nb::object, nb::object, nb::object, nb::object, bool>(), nb::arg("utf8"), nb::arg("offsets"),
             nb::arg("alphabet"), nb::arg("places"), nb::arg("characters"));
    m.def("level", [] { return kernels_in_use().level; });
    m.def(
        "use_level",
        [](const std::string& name) {
            if (!use_kernels(name.c_str())) throw nb::value_error(("this processor lacks the level " + name).c_str());
        },
        nb::arg("name"));
    bind_bands(m);
    bind_bottom(m);
    bind_hashing(m);
    bind_leaders(m);
    bind_matching(m);
    bind_numbering(m);
    bind_sharing(m);
    bind_cutting(m);
    bind_repetition(m);
    bind_documents(m);
    bind_numbers(m);
    bind_elements(m);
    bind_numeric_variants(m);
    bind_finding(m);
    bind_packing(m);
    bind_pieces(m);
    bind_sources(m);
    bind_strings(m);
    bind_winnow(m);
}
