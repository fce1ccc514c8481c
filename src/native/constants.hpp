// Constants of a specification, taken from the attributes of a Python object.
#pragma once
#include "arrays.hpp"

namespace dedup {
template <class T>
T constant(const nb::object& constants, const char* name) {
    return nb::cast<T>(nb::object(constants.attr(name)));
}

// A list of arrays, tuples or other sequences, value by value.
template <class T>
std::vector<T> constants_of(const nb::object& constants, const char* name) {
    std::vector<T> values;
    for (const nb::handle value : nb::object(constants.attr(name))) values.push_back(nb::cast<T>(value));
    return values;
}
}  // namespace dedup
