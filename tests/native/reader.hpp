// Reads arrays that tools/check_level.py wrote: the tables of the alphabet, and others.
#pragma once
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "../../src/native/kernels.hpp"

namespace dedup {
// Takes arrays from a file: each begins with its size in bytes, and is aligned to eight.
class Reader {
   public:
    explicit Reader(const char* path) {
        std::ifstream file(path, std::ios::binary);
        const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
        words_.resize(bytes.size() / sizeof(u64));
        std::memcpy(words_.data(), bytes.data(), words_.size() * sizeof(u64));
    }
    template <class T>
    const T* take() {
        size_ = words_.at(at_);
        const u64* first = words_.data() + at_ + 1;
        at_ += 1 + (size_ + sizeof(u64) - 1) / sizeof(u64);
        return reinterpret_cast<const T*>(first);
    }
    // How many values the last array has.
    template <class T>
    i64 count() const {
        return static_cast<i64>(size_ / sizeof(T));
    }

   private:
    std::vector<u64> words_;
    std::size_t at_ = 0, size_ = 0;
};

inline Alphabet read_alphabet(Reader& reader) {
    Alphabet a{};
    a.direct_base = reader.take<u8>(), a.direct_sum = reader.take<u64>(), a.kind_of = reader.take<u8>();
    a.factors = reader.take<u64>(), a.page_of = reader.take<u32>(), a.kinds = reader.take<u8>();
    a.sequence = reader.take<u32>(), a.sequence_base = reader.take<u8>(), a.sequence_sum = reader.take<u64>();
    a.sequence_kind = reader.take<u8>(), a.sequence_offsets = reader.take<u32>();
    a.sequence_codes = reader.take<u32>(), a.weights = reader.take<u8>();
    const u64* keys = reader.take<u64>();
    a.character_key = keys[0], a.position_key = keys[1], a.token_key = keys[2];
    return a;
}
}  // namespace dedup
