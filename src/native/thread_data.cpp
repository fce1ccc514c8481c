// Memory that a thread needs before it can throw an exception.
#include <exception>

#include "arrays.hpp"

namespace dedup {
namespace {
// Allocates the thread-local data of this library and of the C++ library for the calling thread. The C library
// allocates them when a thread first uses them, and ends the process if it cannot.
int allocate_thread_data() {
    static thread_local volatile int exceptions_in_flight;
    exceptions_in_flight = std::uncaught_exceptions();
    return exceptions_in_flight;
}
}  // namespace

void bind_thread_data(nb::module_& m) { m.def("allocate_thread_data", [] { allocate_thread_data(); }); }
}  // namespace dedup
