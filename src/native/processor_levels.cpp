// Detects the level of the x86-64 architecture that the processor has, and chooses the kernels.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "kernels.hpp"
#ifdef DEDUP_LEVELS_X86
#include <cpuid.h>
#endif

namespace dedup {
namespace {
#ifdef DEDUP_LEVELS_X86
struct Levels {
    bool v2, v3, v4;
};

// __builtin_cpu_supports returns false for everything when zig compiles.
Levels levels_of_processor() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0, ebx7 = 0, ecx7 = 0, edx7 = 0;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return {};
    __get_cpuid_count(7, 0, &eax, &ebx7, &ecx7, &edx7);
    const auto has = [](unsigned value, std::initializer_list<int> bits) {
        return std::all_of(bits.begin(), bits.end(), [value](int bit) { return (value >> bit & 1) != 0; });
    };
    unsigned saved = 0, high = 0;  // flags of the registers that the operating system saves
    if (has(ecx, {27})) __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    const bool v2 = has(ecx, {0, 9, 13, 19, 20, 23});
    const bool v3 = v2 && has(ecx, {12, 22, 28, 29}) && has(ebx7, {3, 5, 8}) && (saved & 6) == 6;
    const bool v4 = v3 && has(ebx7, {16, 17, 28, 30, 31}) && (saved & 0xE6) == 0xE6;
    return {v2, v3, v4};
}
#endif

const Kernels* kernels_of(const char* level) {
    const auto is = [level](const char* name) { return *level == '\0' || std::strcmp(level, name) == 0; };
#ifdef DEDUP_LEVELS_X86
    const Levels has = levels_of_processor();
    if (has.v4 && is("v4")) return &kernels_v4;
    if (has.v3 && is("v3")) return &kernels_v3;
    if (has.v2 && is("v2")) return &kernels_v2;
#endif
    return is("portable") ? &kernels_portable : nullptr;
}

const Kernels* in_use = kernels_of("");
}  // namespace

const Kernels& kernels_in_use() { return *in_use; }

void use_kernels(const char* level) {
    const Kernels* found = kernels_of(level);
    if (found == nullptr) throw std::invalid_argument(std::string("this processor lacks the level ") + level);
    in_use = found;
}
}  // namespace dedup
