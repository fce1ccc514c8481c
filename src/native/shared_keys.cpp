// Keeps the keys that rows share, orders them by processing step, and numbers them: dedup/matching/shared_keys.py.
#include "shared_keys.hpp"

#include <bit>

namespace dedup {
namespace {
using RowKeys = std::tuple<GrowingArray<u32>, std::vector<i64>>;  // keys, flat; and the number of each row, or bounds

constexpr i64 KEYS_PER_FETCH = 1 << 13;    // so many words of a filter are prefetched at once: they fit in the cache
constexpr i64 KEYS_AHEAD = 32;             // or so many keys ahead
constexpr std::size_t KEYS_PER_KEPT = 4;   // about one key in so many is kept
constexpr i64 ROWS_AHEAD = 16;             // rows whose keys are prefetched; their edges are prefetched twice as early
constexpr u32 NO_NUMBER = ~u32{0};         // of a key that only one side has

// Sorts the keys of the wanted rows into partitions.
RowKeys partition_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<bool>& wanted, i64 first, i64 last,
                       std::size_t partitions) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    if (wanted.shape(0) < static_cast<std::size_t>(last)) throw nb::value_error("wanted: too few values");
    if (partitions == 0) throw nb::value_error("partitions: there are none");
    std::vector<i64> bounds(partitions + 1);
    nb::gil_scoped_release release;
    const auto for_keys = [&](auto take) {
        for (i64 row = first; row < last; ++row)
            if (wanted.data()[row])
                for (const u32 key : rows.of(keys.data(), row)) take(key);
    };
    for_keys([&](u32 key) { ++bounds[partition_of(key, partitions) + 1]; });
    for (std::size_t partition = 0; partition < partitions; ++partition) bounds[partition + 1] += bounds[partition];
    GrowingArray<u32> sorted(static_cast<std::size_t>(bounds[partitions]));
    std::vector<i64> ends = bounds;
    for_keys([&](u32 key) { sorted.data()[ends[partition_of(key, partitions)]++] = key; });
    return {std::move(sorted), std::move(bounds)};
}

void add_partition(const KeyPartitions& keys, std::size_t partition, const OutputTable<u64>& words) {
    keys.check(partition);
    const KeyFilter filter(words);
    nb::gil_scoped_release release;
    keys.for_keys(partition, [&](u32 key) { filter.add(key); });
}

// Adds the keys of the wanted rows to a filter, without partitions.
void add_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<bool>& wanted, i64 first, i64 last,
              const OutputTable<u64>& words) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    if (wanted.shape(0) < static_cast<std::size_t>(last)) throw nb::value_error("wanted: too few values");
    const KeyFilter filter(words);
    nb::gil_scoped_release release;
    const u32* behind = keys.data() + rows.begin(last);
    for (i64 row = first; row < last; ++row)
        for (const u32& key : rows.of(keys.data(), row)) {
            if (behind - &key > KEYS_AHEAD) filter.fetch((&key)[KEYS_AHEAD]);
            if (wanted.data()[row]) filter.add(key);
        }
}

// Returns the keys of each row that another row queries, flat, and the number of each row. `keys` has those of all
// shingles, row after row; `sizes` has the number of query keys of each row, its smallest keys. A row added its own
// query keys to the filter, so these must be there twice.
RowKeys keep_queried_keys(const Array<u32>& query_keys, const Array<i64>& sizes, const Array<u32>& keys,
                          const Array<i64>& counts, i64 ngram_size, const OutputTable<u64>& words,
                          const CoarseFilter& coarse) {
    const KeyFilter filter(words);
    const std::size_t rows = counts.shape(0);
    if (sizes.shape(0) != rows) throw nb::value_error("sizes: of another shape");
    std::vector<i64> lengths(rows);
    i64 key_count = 0, longest = 0, query_count = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const i64 count = shingles_in(counts.data()[row], ngram_size);
        if (count < 0 || sizes.data()[row] < 0) throw nb::value_error("counts: below zero");
        key_count += count, longest = std::max(longest, count), query_count += sizes.data()[row];
    }
    if (key_count > static_cast<i64>(keys.shape(0)) || query_count > static_cast<i64>(query_keys.shape(0)))
        throw nb::value_error("keys: too few values");
    nb::gil_scoped_release release;
    // The words of the filter are prefetched for all keys of several rows before the first one is tested.
    GrowingArray<u32> kept(0, keys.shape(0) / KEYS_PER_KEPT);
    GrowingArray<u32> possible(static_cast<std::size_t>(KEYS_PER_FETCH + longest + CHOSEN_AT_ONCE));
    GrowingArray<u32> chosen(possible.size());
    const u32 *at = keys.data(), *queries_end = query_keys.data();
    for (std::size_t first = 0, row = 0; first < rows; first = row) {
        std::size_t size = 0, chosen_size = 0;
        for (const u32* until = at + KEYS_PER_FETCH; row < rows && at < until; ++row) {
            const u32* key = possible.data() + size;
            const i64 count = shingles_in(counts.data()[row], ngram_size);
            lengths[row] = coarse.choose(at, count, possible.data() + size);
            at += count, size += static_cast<std::size_t>(lengths[row]);
            for (const u32* end = possible.data() + size; key < end; ++key) filter.fetch(*key);
        }
        const u32* key = possible.data();
        for (std::size_t tested = first; tested < row; ++tested) {
            queries_end += sizes.data()[tested];
            const u32 largest = sizes.data()[tested] ? queries_end[-1] : 0;
            const std::size_t before = chosen_size;
            for (const u32* end = key + lengths[tested]; key < end; ++key)
                chosen.data()[chosen_size] = *key, chosen_size += filter.has(*key, *key <= largest);
            lengths[tested] = static_cast<i64>(chosen_size - before);
        }
        const std::size_t begin = kept.append(chosen_size);
        std::copy_n(chosen.data(), chosen_size, kept.data() + begin);
    }
    return {std::move(kept), std::move(lengths)};
}

// Returns the keys of rows that a filter has, flat, and the number of each row.
RowKeys keep_filtered_keys(const Array<u32>& keys, const Array<i64>& edges, i64 first, i64 last,
                           const OutputTable<u64>& words) {
    const RowEdges rows(edges, keys.shape(0), first, last);
    const KeyFilter filter(words);
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    nb::gil_scoped_release release;
    GrowingArray<u32> kept(0, static_cast<std::size_t>(rows.begin(last) - rows.begin(first)) + 1);
    std::size_t size = 0;
    const u32* behind = keys.data() + rows.begin(last);
    for (i64 row = first; row < last; ++row) {
        const std::size_t before = size;
        for (const u32& key : rows.of(keys.data(), row)) {
            if (behind - &key > KEYS_AHEAD) filter.fetch((&key)[KEYS_AHEAD]);
            kept.data()[size] = key, size += filter.has(key, false);
        }
        lengths[static_cast<std::size_t>(row - first)] = static_cast<i64>(size - before);
    }
    kept.append(size);
    return {std::move(kept), std::move(lengths)};
}

// Marks the rows whose key of a band two representatives have. The filter is empty.
void mark_shared_keys(const Array<u32>& keys, const Array<bool>& is_representative, const OutputTable<u64>& words,
                      const OutputArray<bool>& is_shared) {
    const std::size_t rows = keys.shape(0);
    if (is_representative.shape(0) != rows || is_shared.shape(0) != rows)
        throw nb::value_error("is_representative: of another shape");
    const KeyFilter filter(words);
    nb::gil_scoped_release release;
    const auto for_rows = [&](auto take) {
        for (std::size_t row = 0; row < rows; ++row) {
            if (row + KEYS_AHEAD < rows) filter.fetch(keys.data()[row + KEYS_AHEAD]);
            take(row, keys.data()[row]);
        }
    };
    for_rows([&](std::size_t row, u32 key) {
        if (is_representative.data()[row]) filter.add(key);
    });
    for_rows([&](std::size_t row, u32 key) { is_shared.data()[row] = filter.has(key, true); });
}

// Returns the shared keys of rows, of (bands, n), flat, and the number of each row. A row without tokens has none.
RowKeys keep_shared_keys(const Table<u32>& keys, const Table<bool>& is_shared, const Array<i64>& counts, i64 first,
                         i64 last) {
    const std::size_t bands = keys.shape(0), rows = keys.shape(1);
    if (is_shared.shape(0) != bands || is_shared.shape(1) != rows || counts.shape(0) != rows)
        throw nb::value_error("is_shared: of another shape");
    check_range(first, last, static_cast<i64>(rows));
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    nb::gil_scoped_release release;
    GrowingArray<u32> kept(0, static_cast<std::size_t>(last - first));
    for (i64 row = first; row < last; ++row) {
        if (counts.data()[row] == 0) continue;
        const std::size_t before = kept.size();
        std::size_t place = static_cast<std::size_t>(row);
        for (std::size_t band = 0; band < bands; ++band, place += rows)
            if (is_shared.data()[place]) kept.push(keys.data()[place]);
        lengths[static_cast<std::size_t>(row - first)] = static_cast<i64>(kept.size() - before);
    }
    return {std::move(kept), std::move(lengths)};
}

// Copies the keys of the rows of the steps from `first` to `last` to where those of each step go; `offsets` are by
// step.
void order_keys(const Array<u32>& keys, const Array<i64>& edges, const Array<i64>& order, const Array<i64>& offsets,
                const OutputArray<u32>& ordered, i64 first, i64 last) {
    const RowEdges steps(offsets, ordered.shape(0), first, last);
    const i64 rows = static_cast<i64>(edges.shape(0)) - 1, size = static_cast<i64>(keys.shape(0));
    if (last > static_cast<i64>(order.shape(0))) throw nb::index_error("steps: beyond the order");
    const auto row_at = [&](i64 step) {
        const i64 row = order.data()[step];
        if (row < 0 || row >= rows) throw nb::index_error("order: beyond the rows");
        return row;
    };
    for (i64 step = first; step < last; ++step) {
        if (step + 2 * ROWS_AHEAD < last) __builtin_prefetch(edges.data() + row_at(step + 2 * ROWS_AHEAD));
        if (step + ROWS_AHEAD < last)
            if (const i64 begin = edges.data()[row_at(step + ROWS_AHEAD)]; 0 <= begin && begin < size)
                __builtin_prefetch(keys.data() + begin);
        const i64 row = row_at(step);
        const std::span<u32> written = steps.of(ordered.data(), step);
        if (written.empty()) continue;
        const i64 begin = edges.data()[row];
        if (written.size() > keys.shape(0) || begin < 0 || begin > static_cast<i64>(keys.shape(0) - written.size()))
            throw nb::value_error("edges: beyond the keys");
        std::copy_n(keys.data() + begin, written.size(), written.data());
    }
}

// The numbers of the keys of a partition, in open addressing.
class NumberTable {
   public:
    explicit NumberTable(std::size_t keys) : slots_(std::bit_ceil(2 * keys + 64)) {}
    void add_query(u32 key) {
        Slot& slot = slot_of(key);
        if (slot.number == FREE) slot = {key, QUERIED};
    }
    // Returns the number of a posting key; a queried key gets its number now.
    u32 add_posting(u32 key) {
        Slot& slot = slot_of(key);
        if (slot.number == QUERIED) slot.number = FIRST + count_++;
        return number_in(slot);
    }
    u32 number_of(u32 key) { return number_in(slot_of(key)); }
    u32 count() const { return count_; }

   private:
    static constexpr u32 FREE = 0, QUERIED = 1, FIRST = 2;  // nothing, a key without a number yet, number 0
    struct Slot {
        u32 key, number;
    };
    static u32 number_in(const Slot& slot) { return slot.number >= FIRST ? slot.number - FIRST : NO_NUMBER; }
    Slot& slot_of(u32 key) {
        // All keys of a partition have the same upper bits once they are spread.
        std::size_t at = spread(spread(key)) & (slots_.size() - 1);
        while (slots_[at].number != FREE && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
        return slots_[at];
    }

    std::vector<Slot> slots_;
    u32 count_ = 0;
};

// Overwrites the keys of a partition with numbers, in the order of the postings; returns how many there are. A key that
// only one side has becomes NO_NUMBER.
i64 number_partition(const KeyPartitions& queries, const KeyPartitions& postings, std::size_t partition) {
    queries.check(partition), postings.check(partition);
    nb::gil_scoped_release release;
    std::size_t size = 0;
    for (std::size_t batch = 0; batch < queries.batches(); ++batch) size += queries.keys(batch, partition).size();
    NumberTable table(size);
    queries.for_keys(partition, [&](u32 key) { table.add_query(key); });
    postings.for_keys(partition, [&](u32& key) { key = table.add_posting(key); });
    queries.for_keys(partition, [&](u32& key) { key = table.number_of(key); });
    return table.count();
}

// Overwrites the keys of the steps of a batch with their numbers, without gaps, and returns how many each step has. The
// numbers of each partition begin at one of `first_numbers`, (partitions + 1,).
std::vector<i64> gather_numbers(const OutputArray<u32>& keys, const Array<i64>& offsets, i64 first, i64 last,
                                const KeyPartitions& partitions, std::size_t batch, const Array<i64>& first_numbers) {
    const RowEdges steps(offsets, keys.shape(0), first, last);
    if (batch >= partitions.batches() || first_numbers.shape(0) != partitions.count() + 1)
        throw nb::value_error("partitions: of another shape");
    const std::span<const u32> last_partition = partitions.keys(batch, partitions.count() - 1);
    const u32* behind = last_partition.data() + last_partition.size();
    if (behind - partitions.keys(batch, 0).data() != steps.begin(last) - steps.begin(first))
        throw nb::value_error("partitions: of other keys");
    nb::gil_scoped_release release;
    std::vector<const u32*> next(partitions.count());
    for (std::size_t partition = 0; partition < partitions.count(); ++partition)
        next[partition] = partitions.keys(batch, partition).data();
    std::vector<i64> lengths(static_cast<std::size_t>(last - first));
    u32* written = keys.data() + steps.begin(first);
    for (i64 step = first; step < last; ++step) {
        const u32* before = written;
        for (const u32 key : steps.of(keys.data(), step)) {
            const std::size_t partition = partition_of(key, partitions.count());
            if (next[partition] == behind) throw nb::value_error("partitions: of other keys");
            const u32 number = *next[partition]++;
            if (number != NO_NUMBER) *written++ = static_cast<u32>(first_numbers.data()[partition]) + number;
        }
        lengths[static_cast<std::size_t>(step - first)] = written - before;
    }
    return lengths;
}
}  // namespace

KeyPartitions::KeyPartitions(const nb::list& batches) {
    for (nb::handle batch : batches) {
        if (nb::len(batch) != 2) throw nb::type_error("batches: must be pairs of keys and bounds");
        const auto keys = held_.hold<u32>(batch[0], "keys");
        const auto bounds = held_.hold<const i64>(batch[1], "bounds", 2);
        if (count_ != 0 && bounds.size() != count_ + 1) throw nb::value_error("bounds: of another shape");
        check_offsets(bounds, keys.size(), "bounds");
        count_ = bounds.size() - 1;
        batches_.push_back({keys.data(), bounds.data()});
    }
}

void bind_shared_keys(nb::module_& m) {
    nb::class_<KeyPartitions>(m, "KeyPartitions").def(nb::init<nb::list>(), "batches"_a);
    nb::class_<CoarseFilter>(m, "CoarseFilter")
        .def(nb::init<>())
        .def("add", &CoarseFilter::add, "query_keys"_a, nb::call_guard<nb::gil_scoped_release>());
    m.def("partition_keys", &partition_keys, "keys"_a, "edges"_a, "wanted"_a, "first"_a, "last"_a, "partitions"_a);
    m.def("add_partition", &add_partition, "keys"_a, "partition"_a, "filter"_a);
    m.def("add_keys", &add_keys, "keys"_a, "edges"_a, "wanted"_a, "first"_a, "last"_a, "filter"_a);
    m.def("keep_queried_keys", &keep_queried_keys, "query_keys"_a, "sizes"_a, "keys"_a, "counts"_a, "ngram_size"_a,
          "filter"_a, "coarse"_a);
    m.def("keep_filtered_keys", &keep_filtered_keys, "keys"_a, "edges"_a, "first"_a, "last"_a, "filter"_a);
    m.def("mark_shared_keys", &mark_shared_keys, "keys"_a, "is_representative"_a, "filter"_a, "is_shared"_a);
    m.def("keep_shared_keys", &keep_shared_keys, "keys"_a, "is_shared"_a, "counts"_a, "first"_a, "last"_a);
    m.def("order_keys", &order_keys, "keys"_a, "edges"_a, "order"_a, "offsets"_a, "ordered"_a, "first"_a, "last"_a);
    m.def("number_partition", &number_partition, "queries"_a, "postings"_a, "partition"_a);
    m.def("gather_numbers", &gather_numbers, "keys"_a, "offsets"_a, "first"_a, "last"_a, "partitions"_a, "batch"_a,
          "first_numbers"_a);
}
}  // namespace dedup
