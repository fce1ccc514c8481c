// Which keys rows are entered under and looked up by: those that meet others only.
#include "keys.hpp"

namespace dedup {
namespace {
// Words of a filter that are fetched before they are read: of so many keys, which fit in the cache, or so many ahead.
constexpr i64 FETCHED_KEYS = 1 << 13, AHEAD = 32;
constexpr std::size_t PART = 4;  // one key in so many is wanted, about

using KeyLists = std::tuple<Room<u32>, std::vector<i64>>;  // keys, flat, and how many each row has, or bounds

// Sorts the keys of the wanted rows into parts, by the upper bits of what they are spread to.
KeyLists part_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<bool>& wanted, i64 first, i64 last,
                   std::size_t parts) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    if (wanted.shape(0) < static_cast<std::size_t>(last)) throw nb::value_error("wanted: too few values");
    if (parts == 0) throw nb::value_error("parts: there are none");
    std::vector<i64> bounds(parts + 1);
    nb::gil_scoped_release release;
    const auto for_keys = [&](auto take) {
        for (i64 row = first; row < last; ++row)
            if (wanted.data()[row])
                for (const u32 key : rows.of(keys.data(), row)) take(key);
    };
    for_keys([&](u32 key) { ++bounds[part_of(key, parts) + 1]; });
    for (std::size_t part = 0; part < parts; ++part) bounds[part + 1] += bounds[part];
    Room<u32> parted(static_cast<std::size_t>(bounds[parts]));
    std::vector<i64> ends = bounds;
    for_keys([&](u32 key) { parted.data()[ends[part_of(key, parts)]++] = key; });
    return {std::move(parted), std::move(bounds)};
}

void note_part(const KeyParts& keys, std::size_t part, const WrittenTable<u64>& words) {
    keys.check(part);
    const Filter filter(words);
    nb::gil_scoped_release release;
    keys.for_keys(part, [&](u32 key) { filter.note(key); });
}

// The keys of each row that another row looks up, flat, and how many each has. `keys` are those of all shingles,
// row after row; a row has `found` of the probes, the smallest of its keys, and notes these itself.
KeyLists wanted_keys(const Array<u32>& probes, const Array<i64>& found, const Array<u32>& keys,
                     const Array<i64>& counts, i64 ngram_size, const WrittenTable<u64>& words,
                     const CoarseFilter& coarse) {
    const Filter filter(words);
    const std::size_t rows = counts.shape(0);
    if (found.shape(0) != rows) throw nb::value_error("found: of another shape");
    std::vector<i64> lengths(rows);
    i64 every = 0, most = 0, all_probes = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const i64 count = shingles_in(counts.data()[row], ngram_size);
        if (count < 0 || found.data()[row] < 0) throw nb::value_error("counts: below zero");
        every += count, most = std::max(most, count), all_probes += found.data()[row];
    }
    if (every > static_cast<i64>(keys.shape(0)) || all_probes > static_cast<i64>(probes.shape(0)))
        throw nb::value_error("keys: too few values");
    nb::gil_scoped_release release;
    // The words of the filter are fetched for all keys of some rows before the first one is read.
    Room<u32> entries(0, keys.shape(0) / PART);
    Room<u32> maybe(static_cast<std::size_t>(FETCHED_KEYS + most + CHOSEN_AT_ONCE)), chosen(maybe.size());
    const u32 *at = keys.data(), *probes_end = probes.data();
    for (std::size_t first = 0, row = 0; first < rows; first = row) {
        std::size_t size = 0, taken = 0;
        for (const u32* until = at + FETCHED_KEYS; row < rows && at < until; ++row) {
            const u32* key = maybe.data() + size;
            const i64 count = shingles_in(counts.data()[row], ngram_size);
            lengths[row] = coarse.choose(at, count, maybe.data() + size);
            at += count, size += static_cast<std::size_t>(lengths[row]);
            for (const u32* end = maybe.data() + size; key < end; ++key) filter.fetch(*key);
        }
        const u32* key = maybe.data();
        for (std::size_t entered = first; entered < row; ++entered) {
            probes_end += found.data()[entered];
            const u32 largest = found.data()[entered] ? probes_end[-1] : 0;
            const std::size_t before = taken;
            for (const u32* end = key + lengths[entered]; key < end; ++key)
                chosen.data()[taken] = *key, taken += filter.has(*key, *key <= largest);
            lengths[entered] = static_cast<i64>(taken - before);
        }
        const std::size_t begin = entries.take(taken);
        std::copy_n(chosen.data(), taken, entries.data() + begin);
    }
    return {std::move(entries), std::move(lengths)};
}

// The keys of rows that a filter has, flat, and how many each row has.
KeyLists noted_keys(const Array<u32>& keys, const Array<i64>& edges, i64 first, i64 last,
                    const WrittenTable<u64>& words) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    const Filter filter(words);
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    nb::gil_scoped_release release;
    Room<u32> chosen(0, static_cast<std::size_t>(rows.begin(last) - rows.begin(first)) + 1);
    std::size_t taken = 0;
    const u32* behind = keys.data() + rows.begin(last);
    for (i64 row = first; row < last; ++row) {
        const std::size_t before = taken;
        for (const u32& key : rows.of(keys.data(), row)) {
            if (behind - &key > AHEAD) filter.fetch((&key)[AHEAD]);
            chosen.data()[taken] = key, taken += filter.has(key, false);
        }
        lengths[static_cast<std::size_t>(row - first)] = static_cast<i64>(taken - before);
    }
    chosen.take(taken);
    return {std::move(chosen), std::move(lengths)};
}

// Notes the keys of the wanted rows in a filter: what note_part does with those of all parts.
void note_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<bool>& wanted, i64 first, i64 last,
               const WrittenTable<u64>& words) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    if (wanted.shape(0) < static_cast<std::size_t>(last)) throw nb::value_error("wanted: too few values");
    const Filter filter(words);
    nb::gil_scoped_release release;
    const u32* behind = keys.data() + rows.begin(last);
    for (i64 row = first; row < last; ++row)
        for (const u32& key : rows.of(keys.data(), row)) {
            if (behind - &key > AHEAD) filter.fetch((&key)[AHEAD]);
            if (wanted.data()[row]) filter.note(key);
        }
}

// Notes which rows have a key of a band that another row has too; wanted are those that count as others.
void share_band(const Array<u32>& keys, const Array<bool>& wanted, const WrittenTable<u64>& words,
                const Written<bool>& shared) {
    const std::size_t rows = keys.shape(0);
    if (wanted.shape(0) != rows || shared.shape(0) != rows) throw nb::value_error("wanted: of another shape");
    const Filter filter(words);
    nb::gil_scoped_release release;
    const auto for_rows = [&](auto take) {
        for (std::size_t row = 0; row < rows; ++row) {
            if (row + AHEAD < rows) filter.fetch(keys.data()[row + AHEAD]);
            take(row, keys.data()[row]);
        }
    };
    for_rows([&](std::size_t row, u32 key) {
        if (wanted.data()[row]) filter.note(key);
    });
    for_rows([&](std::size_t row, u32 key) { shared.data()[row] = filter.has(key, true); });
}

// The keys of rows, (bands, n), that others share, flat, and how many each has. A row without tokens is like none.
KeyLists shared_keys(const Table<u32>& keys, const Table<bool>& shared, const Array<i64>& counts, i64 first, i64 last) {
    const std::size_t bands = keys.shape(0), rows = keys.shape(1);
    if (shared.shape(0) != bands || shared.shape(1) != rows || counts.shape(0) != rows)
        throw nb::value_error("shared: of another shape");
    check_range(first, last, static_cast<i64>(rows));
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    nb::gil_scoped_release release;
    Room<u32> chosen(0, static_cast<std::size_t>(last - first));
    for (i64 row = first; row < last; ++row) {
        if (counts.data()[row] == 0) continue;
        const std::size_t before = chosen.size();
        std::size_t place = static_cast<std::size_t>(row);
        for (std::size_t band = 0; band < bands; ++band, place += rows)
            if (shared.data()[place]) chosen.push(keys.data()[place]);
        lengths[static_cast<std::size_t>(row - first)] = static_cast<i64>(chosen.size() - before);
    }
    return {std::move(chosen), std::move(lengths)};
}
}  // namespace

KeyParts::KeyParts(const nb::list& chunks) {
    for (nb::handle chunk : chunks) {
        if (nb::len(chunk) != 2) throw nb::type_error("chunks: keys and bounds are wanted");
        const auto keys = held_.take<u32>(chunk[0], "keys");
        const auto bounds = held_.take<const i64>(chunk[1], "bounds", 2);
        if (parts_ != 0 && bounds.size() != parts_ + 1) throw nb::value_error("bounds: of another shape");
        check_offsets(bounds, keys.size(), "bounds");
        parts_ = bounds.size() - 1;
        chunks_.push_back({keys.data(), bounds.data()});
    }
}

void bind_sharing(nb::module_& m) {
    nb::class_<KeyParts>(m, "KeyParts").def(nb::init<nb::list>(), "chunks"_a);
    nb::class_<CoarseFilter>(m, "CoarseFilter").def(nb::init<const Array<u32>&>(), "keys"_a, nb::call_guard<nb::gil_scoped_release>());
    m.def("part_keys", &part_keys, "keys"_a, "edges"_a, "wanted"_a, "first"_a, "last"_a, "parts"_a);
    m.def("note_part", &note_part, "keys"_a, "part"_a, "filter"_a);
    m.def("wanted_keys", &wanted_keys, "probes"_a, "found"_a, "keys"_a, "counts"_a, "ngram_size"_a, "filter"_a,
          "coarse"_a);
    m.def("note_keys", &note_keys, "keys"_a, "edges"_a, "wanted"_a, "first"_a, "last"_a, "filter"_a);
    m.def("noted_keys", &noted_keys, "keys"_a, "edges"_a, "first"_a, "last"_a, "filter"_a);
    m.def("share_band", &share_band, "keys"_a, "wanted"_a, "filter"_a, "shared"_a);
    m.def("shared_keys", &shared_keys, "keys"_a, "shared"_a, "counts"_a, "first"_a, "last"_a);
}
}  // namespace dedup
