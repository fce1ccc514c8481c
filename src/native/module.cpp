// The module dedup._native: arrays of numpy in and out, the lock of the interpreter released between.
#include "arrays.hpp"
#include "kernels.hpp"

namespace dedup {
namespace {
// The kernels that are used: of the best level, until another one is chosen.
const Kernels* kernels = kernels_of("");

constexpr std::size_t TOKEN_BYTES = 4;  // of text for each token, about

// Where pieces of rows are hashed.
class Workshop {
   public:
    Workshop(const Texts& texts, i64 first, i64 last) : ends_(PIECE_ROWS + 1) {
        i64 longest = PIECE_BYTES;
        for (i64 row = first; row < last; ++row)
            longest = std::max(longest, texts.offsets[row + 1] - texts.offsets[row]);
        const auto room = static_cast<std::size_t>(longest + texts.ngram_size + 1);
        tokens_ = std::make_unique_for_overwrite<u64[]>(room);
        shingles_ = std::make_unique_for_overwrite<u64[]>(room);
        mixed_ = std::make_unique_for_overwrite<u32[]>(room);
        thirds_ = std::make_unique_for_overwrite<u8[]>(room);
    }
    Piece piece() { return {tokens_.get(), shingles_.get(), ends_.data()}; }
    u32* mixed() { return mixed_.get(); }
    u8* thirds() { return thirds_.get(); }

   private:
    std::unique_ptr<u64[]> tokens_, shingles_;
    std::unique_ptr<u32[]> mixed_;
    std::unique_ptr<u8[]> thirds_;
    std::vector<i64> ends_;
};

// Calls a function with each row, and where its tokens begin and end in the piece.
template <class Take>
void for_rows(const Texts& texts, i64 first, i64 last, const Piece& piece, Take take) {
    while (first < last) {
        const i64 until = kernels->hash_piece(texts, first, last, piece);
        for (i64 row = first; row < until; ++row) take(row, piece.ends[row - first], piece.ends[row - first + 1]);
        first = until;
    }
}

nb::tuple token_rows(const TextsHolder& holder, i64 first, i64 last) {
    holder.check(first, last);
    const Texts& texts = holder.texts();
    const auto rows = static_cast<std::size_t>(last - first);
    Room<i64> lengths(rows);
    std::vector<u64> hashes;
    std::vector<u8> thirds;
    {
        nb::gil_scoped_release release;
        Workshop workshop(texts, first, last);
        const Piece piece = workshop.piece();
        const auto likely = static_cast<std::size_t>(texts.offsets[last] - texts.offsets[first]) / TOKEN_BYTES;
        hashes.reserve(likely), thirds.reserve(likely);
        for (i64 begin = first; begin < last;) {
            const i64 until = end_of_piece(texts, begin, last);
            const i64 count = kernels->hash_tokens(texts, begin, until, piece.tokens, piece.shingles, piece.ends,
                                                   workshop.thirds());
            hashes.insert(hashes.end(), piece.tokens, piece.tokens + count);
            thirds.insert(thirds.end(), workshop.thirds(), workshop.thirds() + count);
            for (i64 row = begin; row < until; ++row)
                lengths.data()[row - first] = piece.ends[row - begin + 1] - piece.ends[row - begin];
            begin = until;
        }
    }
    return nb::make_tuple(array_of(hashes), array_of(thirds), lengths.array(rows));
}

nb::tuple shingle_rows(const TextsHolder& holder, i64 first, i64 last) {
    holder.check(first, last);
    const Texts& texts = holder.texts();
    const auto rows = static_cast<std::size_t>(last - first);
    Room<i64> lengths(rows);
    std::vector<u64> values;
    {
        nb::gil_scoped_release release;
        Workshop workshop(texts, first, last);
        const Piece piece = workshop.piece();
        for_rows(texts, first, last, piece, [&](i64 row, i64 start, i64 stop) {
            u64* begin = piece.shingles + start;
            u64* end = begin + shingles_in(stop - start, texts.ngram_size);
            std::sort(begin, end);
            end = std::unique(begin, end);
            values.insert(values.end(), begin, end);
            lengths.data()[row - first] = end - begin;
        });
    }
    return nb::make_tuple(array_of(values), lengths.array(rows));
}

using Signatures = nb::ndarray<u32, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

void signatures(const TextsHolder& holder, i64 first, i64 last, const Array<u32>& factors, const Array<u32>& shifts,
                Signatures result) {
    holder.check(first, last);
    const std::size_t width = factors.shape(0);
    if (shifts.shape(0) != width || result.shape(1) != width || static_cast<i64>(result.shape(0)) < last)
        throw nb::value_error("result: of another shape");
    const Texts& texts = holder.texts();
    nb::gil_scoped_release release;
    Workshop workshop(texts, first, last);
    const Piece piece = workshop.piece();
    for_rows(texts, first, last, piece, [&](i64 row, i64 start, i64 stop) {
        kernels->signature(piece.shingles + start, shingles_in(stop - start, texts.ngram_size), factors.data(),
                           shifts.data(), static_cast<i64>(width), workshop.mixed(),
                           result.data() + static_cast<std::size_t>(row) * width);
    });
}

void use_level(const std::string& name) {
    const Kernels* found = kernels_of(name.c_str());
    if (found == nullptr) throw nb::value_error(("this processor lacks the level " + name).c_str());
    kernels = found;
}
}  // namespace
}  // namespace dedup

NB_MODULE(_native, m) {
    using namespace dedup;
    nb::set_leak_warnings(false);  // of an interpreter that ends while threads work
    m.attr("sources") = DEDUP_SOURCES;
    nb::class_<AlphabetHolder>(m, "Alphabet").def(nb::init<nb::object>(), nb::arg("tables"));
    nb::class_<TextsHolder>(m, "Texts")
        .def(nb::init<nb::object, nb::object, nb::object, nb::object, bool>(), nb::arg("utf8"), nb::arg("offsets"),
             nb::arg("alphabet"), nb::arg("places"), nb::arg("characters"));
    m.def("level", [] { return kernels->level; });
    m.def("use_level", &use_level, nb::arg("name"));
    m.def("token_rows", &token_rows, nb::arg("texts"), nb::arg("first"), nb::arg("last"));
    m.def("shingle_rows", &shingle_rows, nb::arg("texts"), nb::arg("first"), nb::arg("last"));
    m.def("signatures", &signatures, nb::arg("texts"), nb::arg("first"), nb::arg("last"), nb::arg("factors"),
          nb::arg("shifts"), nb::arg("result"));
}
