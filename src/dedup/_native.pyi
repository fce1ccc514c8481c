"""The compiled core. Functions take and return numpy arrays, and release the interpreter lock.

Offsets, edges and row numbers are checked: a ValueError or IndexError names the argument that is
out of bounds. ``src/native/module.cpp`` registers the functions. Functions on rows take the range
of rows from ``first`` up to, not including, ``last``.
"""

from dedup.arrays.array_types import F64, I64, U8, U32, U64, Flags

sources: str  # a digest of the C++ sources

def level() -> str:
    """Return the level of the processor for which the used functions are compiled."""

def use_level(name: str) -> None:
    """Use the functions of another level; ValueError if this processor lacks it."""

# Threads (``arrays.parallel``)

def allocate_thread_data() -> None:
    """Allocate the thread-local data of the C++ libraries, for the calling thread."""

# Python strings to UTF-8 (``arrays.packed.pack``)

class RowSource:
    """A source from which rows of ``Texts`` are written when they are first needed."""

class PythonTexts(RowSource):
    """Strings of Python. Other objects count as empty strings."""

    def __init__(self, texts: tuple[object, ...]) -> None: ...
    def not_strings(self) -> I64:
        """Return the rows that are not strings."""

    def held_bytes(self) -> I64:
        """Return the bytes in which Python stores each string, 0 for other objects, (n,)."""

    def measure(self, first: int, last: int) -> int:
        """Return the size of rows in UTF-8."""

    def encode(self, first: int, last: int, utf8: U8, start: int, ends: I64) -> int:
        """Write rows one after the other; return the number of bytes.

        ``ends`` (last - first,) receives the end of each row plus ``start``. ValueError if the rows
        do not fit.
        """

def empty_bytes(size: int) -> U8:
    """Return an uninitialised array, in pages of 4 KB."""

def release_free_memory() -> None:
    """Give freed memory back to the system, where glibc keeps it for later."""

# Records of JSON lines (``datasets.formats.jsonl``, ``datasets.record_texts``)

def read_json_lines(
    data: U8, first: int, names: list[str], texts: int
) -> tuple[I64, U8, I64, Flags, U8, I64, Flags, I64, int]:
    """Return the records of whole lines, ``CoreRecords``; the first ``texts`` names are texts."""

# Records of CSV (``datasets.formats.csv_records``)

def read_csv_records(
    data: U8, delimiter: int, is_last: bool, width: int, columns: I64, texts: int
) -> tuple[I64, U8, I64, U8, I64, bool]:
    """Return the records at the beginning of some bytes, ``CoreCells``.

    A record has ``width`` cells. Those of the first ``texts`` columns are texts. The last record
    needs no line break if the data ``is_last``.
    """

class ChangedInputError(Exception):
    """A record has other bytes than at the first reading, or cannot be read again."""

class FileTexts(RowSource):
    """Reads rows from a file, when they are asked for; row i has ``edges[i]`` to ``edges[i + 1]``.

    The file has these bytes from ``start`` on.
    """

    def __init__(self, descriptor: int, start: int, edges: I64) -> None: ...

class RecordTexts(RowSource):
    """Reads the texts of n records from their files, when they are asked for.

    Input i has the file descriptor ``files[i]`` and the rows from ``first_rows[i]`` up to
    ``first_rows[i + 1]``. Its records begin at byte ``heads[i]``; ``ends``, (n,), has the end of
    each record. The texts of ``stored_rows`` are in ``text_file``, between ``stored_edges``.
    """

    def __init__(
        self,
        files: I64,
        first_rows: I64,
        heads: I64,
        ends: I64,
        names: list[str],
        separator: str,
        text_file: int,
        stored_rows: I64,
        stored_edges: I64,
    ) -> None: ...
    def text(self, row: int) -> bytes:
        """Return the text of a record in UTF-8."""

# Tokens, shingles and signatures (``text.tokens``, ``text.shingles``, ``matching.minhash``)

class Alphabet:
    """The tables of ``text.alphabet``, and the weights of the kinds of ``text.tokens``."""

    def __init__(self, tables: object) -> None: ...

class Texts:
    """Rows of packed UTF-8; ValueError if offsets do not ascend or exceed the buffer.

    If there is a source, ``utf8`` is empty. Only ``Matcher``, ``PairRule`` and
    ``number_fingerprints`` accept such texts; they read the rows one by one.
    """

    def __init__(
        self,
        utf8: U8,
        offsets: I64,
        alphabet: Alphabet,
        shingle_factors: U64,
        characters: bool,
        source: RowSource | None = None,
    ) -> None: ...

def tokenize(texts: Texts, first: int, last: int) -> tuple[U64, U8, I64]:
    """Return the hashes and weights of the tokens of rows, and the number of tokens of each row."""

def shingle(texts: Texts, first: int, last: int, max_sorted: int) -> tuple[U64, I64]:
    """Return the shingles of rows, and the number of shingles of each row.

    They are sorted and distinct, but unsorted in a row with more than ``max_sorted`` of them.
    """

def signatures(texts: Texts, first: int, last: int, factors: U32, shifts: U32, result: U32) -> None:
    """Write the MinHash signatures of rows into ``result`` (n, num_perm)."""

def fingerprint_rows(
    texts: Texts, first: int, last: int, fingerprint_keys: U64, counts: I64, fingerprints: U64
) -> None:
    """Write the number of tokens of rows, (n,), and their fingerprints, (n, 2)."""

# Similarity of pairs (``matching.similarity``)

def count_shared_pairs(values: U64, offsets: I64, left: I64, right: I64, shared: I64) -> None:
    """Write how many values pairs of rows share, (m,); rows are sorted and have no value twice."""

# Sketches and exact copies (``matching.bottom_sketch``, ``lsh``, ``exact_copies``)

class BottomSketchSettings:
    """The sizes of bottom-k sketches (``bottom_sketch.BottomK``), and the keys of fingerprints."""

    def __init__(
        self,
        fingerprint_keys: U64,
        min_size: int,
        max_size: int,
        shingles_per_key: int,
        exhaustive_shingles: int,
    ) -> None: ...

def sketch_bottom(
    texts: Texts, first: int, last: int, settings: BottomSketchSettings
) -> tuple[I64, U64, U32, I64, U32]:
    """Return tokens, fingerprints, query keys, the number of these, and all keys of rows."""

def sketch_bands(
    texts: Texts,
    first: int,
    last: int,
    fingerprint_keys: U64,
    factors: U32,
    shifts: U32,
    band_factors: U64,
    band_shifts: U64,
) -> tuple[I64, U64, U32]:
    """Return tokens and fingerprints of rows, and the keys of their bands, by band."""

def find_representatives(
    order: I64, counts: I64, fingerprints: U64, table: I64, representative: I64
) -> None:
    """Write the representative of each row of ``order``; ``table`` is a hash table for all rows."""

# Keys that rows share, and their numbers (``matching.shared_keys``)

class KeyPartitions:
    """The keys of batches of rows, each sorted into the same partitions, and their bounds."""

    def __init__(self, batches: list[tuple[U32, I64]]) -> None: ...

class CoarseFilter:
    """The upper bits of the query keys of all rows."""

    def __init__(self) -> None: ...
    def add(self, query_keys: U32) -> None: ...

def partition_keys(
    keys: U32, edges: I64, wanted: Flags, first: int, last: int, partitions: int
) -> tuple[U32, I64]:
    """Return the keys of the wanted rows sorted into partitions, and the bounds of these."""

def add_partition(keys: KeyPartitions, partition: int, filter: U64) -> None:
    """Add the keys of a partition, of all batches, to a Bloom filter."""

def add_keys(keys: U32, edges: I64, wanted: Flags, first: int, last: int, filter: U64) -> None:
    """Add the keys of the wanted rows to a Bloom filter."""

def keep_queried_keys(
    query_keys: U32,
    sizes: I64,
    keys: U32,
    counts: I64,
    ngram_size: int,
    filter: U64,
    coarse: CoarseFilter,
) -> tuple[U32, I64]:
    """Return the keys of rows that other rows query, flat, and the number of each row."""

def keep_filtered_keys(
    keys: U32, edges: I64, first: int, last: int, filter: U64
) -> tuple[U32, I64]:
    """Return the keys of rows that a filter has, flat, and the number of each row."""

def mark_shared_keys(keys: U32, is_representative: Flags, filter: U64, is_shared: Flags) -> None:
    """Mark the rows whose key of a band two representatives have; the filter is empty."""

def keep_shared_keys(
    keys: U32, is_shared: Flags, counts: I64, first: int, last: int
) -> tuple[U32, I64]:
    """Return the shared keys of rows, of (bands, n), flat, and the number of each row."""

def order_keys(
    keys: U32, edges: I64, order: I64, offsets: I64, ordered: U32, first: int, last: int
) -> None:
    """Copy the keys of rows to where those of steps ``first`` to ``last`` go."""

def number_partition(queries: KeyPartitions, postings: KeyPartitions, partition: int) -> int:
    """Overwrite the keys of a partition with numbers; return how many there are."""

def gather_numbers(
    keys: U32,
    offsets: I64,
    first: int,
    last: int,
    partitions: KeyPartitions,
    batch: int,
    first_numbers: I64,
) -> I64:
    """Overwrite the keys of steps with numbers, without gaps; return how many each step has."""

# Numbers and numeric variants (``matching.numbers``, ``elements``, ``pair_rule``)

class NumberMarks:
    """The digits and marks of ``matching.numbers``."""

    def __init__(self, constants: object) -> None: ...

class CalendarNames:
    """The names of months and weekdays as tokens of a seed."""

    def __init__(self, constants: object) -> None: ...

class PairRuleSettings:
    """The settings and constants of ``matching.pair_rule``, for any texts."""

    def __init__(self, settings: object) -> None: ...

class PairRule:
    """The rule for the rows of some texts: ``matching.pair_rule.PairRule``."""

    def __init__(self, settings: PairRuleSettings, texts: Texts) -> None: ...
    def exempts(self, row: int, witness: int, similarity: float) -> bool: ...
    def is_numeric_variant(
        self, row: int, witness: int, similarity: float, any_number: bool
    ) -> bool: ...

def number_fingerprints(
    texts: Texts, marks: NumberMarks, wanted: Flags, first: int, last: int, fingerprints: U64
) -> None:
    """Write the fingerprints of the numbers of rows, (n,); 0 for rows that are not wanted."""

# The keep-first loop and all pairs (``matching.keep_first``, ``matching.near_duplicates``)

class Matcher:
    """Posting lists, and the tables by which rows are compared.

    ``keys`` are ``SharedKeys``, ``settings`` are ``MatchSettings``, ``tables`` the arrays that
    ``new_matcher`` makes; ``judged_pairs`` are ``JudgedPairs``, or None.
    """

    def __init__(
        self,
        texts: Texts,
        keys: object,
        tables: object,
        settings: object,
        pair_rule: PairRuleSettings | None,
        judged_pairs: object,
    ) -> None: ...
    def match(self, decisions: object, reference_count: int, max_work: int) -> bool:
        """Decide rows until ``max_work`` were decided or compared; tell whether there are more.

        It also returns after 20 ms, so that Python handles signals.
        """

    def begin_block(self, max_rows: int) -> bool:
        """Begin a block of at most ``max_rows`` rows; tell whether there are any."""

    def compare_ahead(self, decisions: object, reference_count: int, thread: int) -> bool:
        """Compare rows of the block before they are decided; tell whether there are more rows.

        It takes 20 ms at most. Each thread calls it with its own number.
        """

    @property
    def decided(self) -> int:
        """The number of rows that were decided, or compared with all before them."""

    def compare_pairs(self) -> bool:
        """Compare rows with all before them for 20 ms; tell whether there are more rows."""

    def pairs(self) -> tuple[I64, I64, F64, U8]:
        """Return left and right rows, similarities, and which pairs are numeric variants."""

# Blocks of texts (``text.blocks``, ``text.block_table``)

class CutRule:
    """The rule by which texts are cut into blocks, from the constants of ``text.blocks``."""

    def __init__(self, constants: object) -> None: ...

def choose_cut(utf8: U8, rule: CutRule, block: str) -> int:
    """Return the index in ``CUTS`` of the cut of one text: ``text.blocks.choose``."""

def split_text(utf8: U8, rule: CutRule, cut: int) -> I64:
    """Return the byte offsets of the blocks of one text, and its end: ``text.blocks.split``."""

def hash_lines(utf8: U8, edges: I64) -> tuple[U64, I64]:
    """Return the hash and the size of each line: ``text.line_hashes.hash_lines_by_numpy``."""

def cut_blocks(utf8: U8, offsets: I64, rule: CutRule, block: str) -> tuple[I64, I64, U8]:
    """Cut texts like ``text.blocks.choose`` and ``text.blocks.split``.

    Returns
    -------
    begins, counts, cuts
        Where each block begins; of each text, the number of blocks and the index in ``CUTS``.
    """

def gather_segments(utf8: U8, starts: I64, ends: I64, places: I64, result: U8) -> None:
    """Copy segments one after the other into ``result``; ValueError if they do not fill it."""

# Repeats inside a text (``documents.block_matches``, ``documents.clean``)

class DocumentMatcher:
    """Matches the blocks of a document like ``documents.block_matches.match_blocks``."""

    def __init__(self, blocks: Texts, rule: object, variants: PairRuleSettings) -> None: ...
    def match(self) -> bool:
        """Match the blocks; return False if there are too many to compare all pairs."""

    def edges(self) -> I64:
        """Return the byte offsets of the blocks in the buffer of the texts."""

    def arrays(self) -> tuple[I64, I64, F64, U64, I64, U8, U64, I64]:
        """Return the matches and the hashes of the blocks.

        Returns
        -------
        representative, witness, similarity, tokens, token_offsets, weights, shingles,
        shingle_offsets
        """

    def words(self, cut_rule: CutRule) -> I64:
        """Return the number of words of each block, like ``DocumentBlocks.words``."""

    def overlaps(self, block: int, neighbors: I64) -> F64:
        """Return the overlap coefficient of a block with each of some others."""

    def find_runs(self, rule: object, cut_rule: CutRule) -> tuple[I64, I64, I64]:
        """Find the runs to remove like ``documents.block_runs.find_block_runs``.

        Returns
        -------
        lengths, copies, originals
            The number of blocks of each run; the copies and originals of all runs.
        """

def repeating_texts(
    texts: Texts,
    run_rule: object,
    rule: object,
    variants: PairRuleSettings,
    cut_rule: CutRule,
    block: str,
    body_rule: object | None,
    sketch_settings: BottomSketchSettings | None,
) -> tuple[
    list[tuple[int, int, DocumentMatcher | None]],
    list[tuple[int, bytes, int]],
    tuple[I64, U64, U32, I64, U32] | None,
]:
    """Find the texts that repeat blocks of themselves; sketch all texts as ``sketch_bottom``.

    Parameters
    ----------
    run_rule
        ``documents.clean.run_rule``.
    rule
        ``documents.block_matches.matching_rule``.
    body_rule
        ``documents.clean_texts.body_rule``, to clean texts of which no copy is in the body; None to
        clean none.

    Returns
    -------
    list of (row, cut, document)
        The cut is an index in ``CUTS``; the document is matched. There is no document if the text
        is too large to tell.
    list of (row, utf8, removed_blocks)
        Other texts, which were cleaned.
    sketches
        Of all texts, if there are settings for them.
    """

# Pages of postings of an index (``index.stores.pages``)

class DamagedError(Exception):
    """A page is damaged."""

def encode_pages(
    postings: U64, max_words: int, max_postings: int, skip_buckets: int
) -> tuple[I64, U64]:
    """Encode sorted postings; return where each page ends, and the words of all pages."""

def decode_pages(words: U64, edges: I64, skip_buckets: int) -> U64:
    """Return the postings of pages; DamagedError where one is damaged.

    Page i is ``words[edges[i]:edges[i + 1]]``; two words of any content follow the last page.
    """

def find_rows(
    words: U64,
    edges: I64,
    skip_buckets: int,
    lows: I64,
    highs: I64,
    keys: U32,
    min_live_row: int,
    deleted: I64,
    limit: int,
) -> tuple[I64, I64]:
    """Look up keys as ``index.stores.pages.find_rows`` does; the pages as for ``decode_pages``."""

# Repeated windows (``spans.windows``)

def cut_segments(texts: Texts, first: int, last: int) -> tuple[I64, I64]:
    """Cut rows into segments, each of which can be tokenized without the others.

    Returns
    -------
    begins
        (s,): where each segment begins in the buffer; it ends where the next one begins.
    counts
        (last - first,): the number of segments of each row, 0 if it is empty.
    """

def winnow(
    segments: Texts,
    first_segments: I64,
    first: int,
    last: int,
    size: int,
    width: int,
    within_only: bool,
) -> tuple[I64, U64, I64, U32]:
    """Record the smallest shingle of each window of some rows, the leftmost of equal ones.

    Parameters
    ----------
    segments
        Texts whose rows are the segments of all n rows.
    first_segments
        (n + 1,): the first segment of each row.
    size, width
        Tokens of a window and of a shingle.
    within_only
        Whether the same shingle gets different hashes in different rows.

    Returns
    -------
    token_counts
        (s,): the tokens of each segment of these rows.
    hashes, starts, counts
        (m,): smallest shingles, the first of the windows of each (windows are numbered by their
        first token, counted from the first token of these rows), and the number of these windows.
    """

def find_window_sources(
    segments: Texts, first_tokens: I64, hashes: U64, starts: I64, counts: U32, size: int
) -> tuple[I64, I64, I64]:
    """Find the windows that repeat an earlier one, and the first window that each repeats.

    Parameters
    ----------
    first_tokens
        (s + 1,): the first token of each segment.
    hashes, starts, counts
        (m,): what ``winnow`` recorded, sorted by shingle and place: all records of each shingle.

    Returns
    -------
    starts, sources, counts
        (r,): parts of the runs that ``spans.windows.find_window_runs`` returns.
    """

def find_token_places(segments: Texts, first_tokens: I64, tokens: I64) -> tuple[I64, I64]:
    """Find where tokens begin.

    Parameters
    ----------
    first_tokens
        (s + 1,): the first token of each segment.
    tokens
        (m,): tokens, counted through all rows, ascending.

    Returns
    -------
    places
        (m,): the byte where the character begins in which each token begins.
    before
        (m,): the number of tokens before it that begin in the same character.
    """
