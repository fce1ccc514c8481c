// Feeds arbitrary bytes to the scanner of JSON objects; tools/fuzz.py builds it with libFuzzer.
#include <cstdlib>

#include "../../src/native/json_object.hpp"
#include "../../src/native/kernels.hpp"

namespace dedup {
const Kernels& kernels_in_use() { return kernels_portable; }
}  // namespace dedup

extern "C" int LLVMFuzzerTestOneInput(const dedup::u8* data, std::size_t size) {
    using namespace dedup;
    static const std::vector<std::string> names{"text", "id"};
    // On the heap, so that the sanitizer notices a read beyond the end.
    const std::vector<u8> utf8(data, data + size);
    const auto end = static_cast<i64>(size);
    if (!kernels_portable.is_utf8(utf8.data(), 0, end)) return 0;
    JsonScanner scanner(utf8, names);
    std::vector<JsonValue> found;
    if (!scanner.scan(0, end, found)) return 0;
    for (const JsonValue& value : found) {
        if (value.kind == JsonValue::ABSENT) continue;
        if (value.begin < 0 || value.end > end || value.begin >= value.end) std::abort();
        if (value.kind != JsonValue::STRING) continue;
        std::vector<u8> text(static_cast<std::size_t>(value.end - value.begin));
        const i64 written = scanner.write_text(value, text.data());
        if (written < 0 || written > static_cast<i64>(text.size()) - 2) std::abort();
        if (!kernels_portable.is_utf8(text.data(), 0, written)) std::abort();
    }
    return 0;
}
