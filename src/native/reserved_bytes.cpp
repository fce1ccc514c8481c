// Reserves addresses for bytes that may never be written: only those that are written take memory.
#include "arrays.hpp"

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#endif

namespace dedup {
namespace {
using Bytes = nb::ndarray<nb::numpy, u8, nb::ndim<1>>;

#if __has_include(<sys/mman.h>)
// Addresses of anonymous memory.
struct Reservation {
    explicit Reservation(std::size_t bytes)
        : size(bytes),
          data(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
        if (data == MAP_FAILED) throw std::bad_alloc();
    }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation() { munmap(data, size); }
    std::size_t size;
    void* data;
};
#endif

// Returns bytes of zeros.
Bytes reserve_bytes(std::size_t size) {
#if __has_include(<sys/mman.h>)
    auto reserved = std::make_unique<Reservation>(std::max<std::size_t>(size, 1));
    void* data = reserved->data;
    nb::capsule owner(reserved.get(), [](void* freed) noexcept {
        std::unique_ptr<Reservation> owned(static_cast<Reservation*>(freed));
    });
    reserved.release();  // NOLINT(bugprone-unused-return-value): the capsule owns it now
    return Bytes(data, {size}, owner);
#else
    GrowingArray<u8> bytes(size);
    return bytes.array();
#endif
}
}  // namespace

void release_pages(std::span<u8> bytes) {
#ifdef MADV_DONTNEED
    if (!bytes.empty()) madvise(bytes.data(), bytes.size(), MADV_DONTNEED);
#else
    static_cast<void>(bytes);
#endif
}

void bind_reserved_bytes(nb::module_& m) { m.def("reserve_bytes", &reserve_bytes, "size"_a); }
}  // namespace dedup
