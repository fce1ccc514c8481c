// Which of many texts have enough keys in common with each of some: dedup/index/hits.py.
#include <bit>
#include <span>

#include "bindings.hpp"

namespace dedup {
namespace {
constexpr u64 KNOWN_BITS = 20;  // of a key, by which most that are not listed are passed over
constexpr u64 FIBONACCI = 0x9E3779B97F4A7C15;

// Where keys are listed, in open addressing: the same key may be there several times.
class Places {
   public:
    explicit Places(std::span<const u64> keys)
        : keys_(keys), slots_(std::bit_ceil(std::max<std::size_t>(2 * keys.size(), 64)), NONE),
          known_(std::size_t{1} << KNOWN_BITS) {
        for (std::size_t place = 0; place < keys.size(); ++place) {
            known_[keys[place] % known_.size()] = true;
            std::size_t slot = first_slot(keys[place]);
            while (slots_[slot] != NONE) slot = next(slot);
            slots_[slot] = place;
        }
    }

    template <class Take>
    void for_places_of(u64 key, Take take) const {
        if (!known_[key % known_.size()]) return;
        for (std::size_t slot = first_slot(key); slots_[slot] != NONE; slot = next(slot))
            if (keys_[slots_[slot]] == key) take(slots_[slot]);
    }

   private:
    static constexpr std::size_t NONE = ~std::size_t{0};

    std::size_t first_slot(u64 key) const { return key * FIBONACCI >> 32 & (slots_.size() - 1); }
    std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

    std::span<const u64> keys_;
    std::vector<std::size_t> slots_;
    std::vector<bool> known_;
};

std::span<const i64> checked_edges(const Array<i64>& given, std::size_t size, const char* name) {
    const std::span<const i64> edges(given.data(), given.shape(0));
    if (edges.empty() || edges.front() < 0 || edges.back() > static_cast<i64>(size) ||
        !std::is_sorted(edges.begin(), edges.end()))
        throw nb::value_error((std::string(name) + ": not those of the values").c_str());
    return edges;
}

nb::tuple texts_met(const Array<u64>& keys, const Array<i64>& offsets, const Array<u64>& listed_keys,
                    const Array<i64>& edges, const Array<i64>& listed, const Array<i64>& least) {
    const auto rows = checked_edges(offsets, keys.shape(0), "offsets");
    const auto lists = checked_edges(edges, listed.shape(0), "edges");
    if (least.shape(0) + 1 != rows.size()) throw nb::value_error("least: of other texts");
    if (listed_keys.shape(0) + 1 != lists.size()) throw nb::value_error("edges: of other keys");
    Room<i64> lengths(rows.size() - 1);
    std::vector<i64> found, hits;
    {
        nb::gil_scoped_release release;
        const Places places({listed_keys.data(), listed_keys.shape(0)});
        std::vector<i64> met;
        for (std::size_t row = 0; row + 1 < rows.size(); ++row) {
            met.clear();
            for (i64 at = rows[row]; at < rows[row + 1]; ++at)
                places.for_places_of(keys.data()[at], [&](std::size_t place) {
                    met.insert(met.end(), listed.data() + lists[place], listed.data() + lists[place + 1]);
                });
            std::sort(met.begin(), met.end());
            const std::size_t before = found.size();
            for (auto start = met.begin(); start != met.end();) {
                const i64 other = *start;
                const auto stop = std::find_if(start, met.end(), [other](i64 each) { return each != other; });
                if (stop - start >= least.data()[row] || other & 1)
                    found.push_back(other), hits.push_back(stop - start);
                start = stop;
            }
            lengths.data()[row] = static_cast<i64>(found.size() - before);
        }
    }
    return nb::make_tuple(lengths.array(rows.size() - 1), array_of(found), array_of(hits));
}
}  // namespace

void bind_hits(nb::module_& m) {
    m.def("texts_met", &texts_met, nb::arg("keys"), nb::arg("offsets"), nb::arg("listed_keys"), nb::arg("edges"),
          nb::arg("listed"), nb::arg("least"));
}
}  // namespace dedup
