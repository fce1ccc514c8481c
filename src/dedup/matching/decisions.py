"""Judgements of a person on pairs of texts: a file of them, and which one counts for each pair.

A decisions file has JSON lines. The first one is ``DECISIONS_HEAD``, each other one a judgement, in
the order in which they were made. ``Judgement`` lists its fields; unknown ones are ignored. Of
several judgements of one pair the last counts. Two files, one after the other, are one: further
first lines are ignored. If a program is killed while it writes, the last
line is incomplete: readers ignore it, and ``append_judgement`` replaces it.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

import xxhash

from dedup.arrays.packed import to_utf8
from dedup.errors import ConfigError, InputError
from dedup.files.address import Address
from dedup.files.decoding import read_bytes
from dedup.files.location import Location, as_location
from dedup.files.staged_output import output_errors
from dedup.files.syncing import sync_folders

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PairDecision = Literal["keep", "remove"]
DECISIONS_HEAD = {"format": "dedup decisions", "version": 1}
_HEAD_LINE = json.dumps(DECISIONS_HEAD).encode() + b"\n"
_DIGEST = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person said of a pair of texts: whether one is a copy of the other.

    ``of_texts`` makes one from two texts.

    Parameters
    ----------
    text, witness
        xxh3_128 digests of the UTF-8 of the two texts as they were compared, 32 hexadecimal digits.
        So a judgement holds in other files and with other settings, wherever the two are compared.
    decision
        ``"keep"``: the texts are no copies of each other, and neither removes the other.
        ``"remove"``: they are copies, whatever their similarity and their numbers. None: the
        earlier judgements of the pair are taken back.
    similarity, kind
        As they were when the person decided: the similarity of the text to the witness, and
        ``"near"`` or ``"numeric variant"``.
    source
        Why the person saw the pair: it is one of the least similar removals (``"uncertain"``), a
        removal drawn at random (``"random"``), a pair of kept texts (``"kept"``), or a removal that
        only earlier judgements cause (``"decided"``).
    id, witness_id
        The ids that the texts had.
    measure, unit, ngram_size
        The settings with which the similarity was computed.
    near_copies
        The number of different near copies that the reviewed run removes.
    date
        When the person decided, as in ``"2026-11-29T20:15:00Z"``.

    Raises
    ------
    ConfigError
        When a field is malformed.
    """

    text: str
    witness: str
    decision: PairDecision | None
    similarity: float | None = None
    kind: str | None = None
    source: str | None = None
    id: Any = None
    witness_id: Any = None
    measure: str | None = None
    unit: str | None = None
    ngram_size: int | None = None
    near_copies: int | None = None
    date: str | None = None

    def __post_init__(self) -> None:
        """Check all fields except the ids."""
        for name in ("text", "witness"):
            value = getattr(self, name)
            if not isinstance(value, str) or not _DIGEST.fullmatch(value):
                raise ConfigError.of(name, f"must be 32 hexadecimal digits, got {value!r}")
        if self.decision is not None and self.decision not in get_args(PairDecision):
            raise ConfigError.of("decision", f"must be keep, remove or null, got {self.decision!r}")
        similarity, numbers = self.similarity, (self.ngram_size, self.near_copies)
        if similarity is not None and not (_is_number(similarity) and 0 <= similarity <= 1):
            raise ConfigError.of("similarity", f"must be a number in [0, 1], got {similarity!r}")
        if any(one is not None and (type(one) is not int or one < 0) for one in numbers):
            raise ConfigError(f"ngram_size and near_copies must be whole numbers, got {numbers}")
        names = self.kind, self.source, self.measure, self.unit, self.date
        if not all(name is None or isinstance(name, str) for name in names):
            raise ConfigError(f"kind, source, measure, unit and date must be strings, got {names}")

    @classmethod
    def of_texts(cls, text: str, witness: str, decision: PairDecision | None) -> Self:
        """Return the judgement of two texts.

        Examples
        --------
        >>> Judgement.of_texts("One.", "Two.", "keep").text
        '0516babf23b5bfe83feaa396b33c6251'
        """
        digests = text_digest(to_utf8(text)), text_digest(to_utf8(witness))
        return cls(text=digests[0], witness=digests[1], decision=decision)

    @property
    def pair(self) -> tuple[str, str]:
        """The digests of the two texts, the smaller one first."""
        return min(self.text, self.witness), max(self.text, self.witness)

    def to_json(self) -> str:
        """Return the judgement as a line of a decisions file, without the line break."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class PairDecisions:
    """The judgements of a decisions file, in the order in which they were made.

    Parameters
    ----------
    judgements
        The judgements. Of several on one pair the last counts.

    Examples
    --------
    >>> kept = Judgement.of_texts("One.", "Two.", "keep")
    >>> taken_back = Judgement.of_texts("Two.", "One.", None)
    >>> len(PairDecisions((kept,)).by_pair), len(PairDecisions((kept, taken_back)).by_pair)
    (1, 0)
    """

    judgements: tuple[Judgement, ...] = ()

    @property
    def latest(self) -> dict[tuple[str, str], Judgement]:
        """The judgement that counts for each pair, in the order in which they were made."""
        judgements: dict[tuple[str, str], Judgement] = {}
        for judgement in self.judgements:
            judgements.pop(judgement.pair, None)
            if judgement.decision is not None:
                judgements[judgement.pair] = judgement
        return judgements

    @property
    def by_pair(self) -> dict[tuple[str, str], PairDecision]:
        """The decision that counts for each pair, in the order in which they were made."""
        latest = self.latest.items()
        return {pair: found.decision for pair, found in latest if found.decision is not None}

    @property
    def digests(self) -> set[str]:
        """The digests of the texts on which a judgement counts."""
        return {digest for pair in self.latest for digest in pair}


def text_digest(utf8: bytes) -> str:
    """Return the digest by which a decisions file names a text: its xxh3_128, 32 digits.

    Parameters
    ----------
    utf8
        The text as it was compared, in UTF-8; a lone surrogate has three bytes.

    Examples
    --------
    >>> text_digest(b"One.")
    '0516babf23b5bfe83feaa396b33c6251'
    """
    return xxhash.xxh3_128_hexdigest(utf8)


def read_decisions(path: str | Location, *, allow_incomplete: bool = False) -> PairDecisions:
    """Read a decisions file.

    Parameters
    ----------
    path
        The file that ``dedup-clean review`` or ``append_judgement`` wrote. An incomplete last line
        is ignored.
    allow_incomplete
        Whether a file that ends before its second line, as a program leaves it that is killed while
        it creates the file, is read as one without judgements. Else it is an error.

    Returns
    -------
    PairDecisions
        The judgements in the order of the file.

    Raises
    ------
    InputError
        When the file cannot be read or has no complete line, or another line is no judgement; the
        message names the file and the line.
    """
    location = as_location(path)
    try:
        content = read_bytes(location, piped=False)
    except InputError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise InputError(f"{path}: no such file; dedup-clean review makes it") from error
        raise
    if len(content) < len(_HEAD_LINE.rstrip()) and _HEAD_LINE.startswith(content):
        if allow_incomplete:
            return PairDecisions()
        raise InputError(f"{path} has no decisions; name the file that dedup-clean review wrote")
    return PairDecisions(tuple(_judgements(content, path)))


def as_decisions(decisions: object, parameter: str = "decisions") -> PairDecisions:
    """Return decisions, or read their file; an error names the parameter.

    Raises
    ------
    ConfigError
        When it is neither decisions nor a path.
    InputError
        As ``read_decisions``.
    """
    if isinstance(decisions, PairDecisions):
        return decisions
    if not isinstance(decisions, (str, os.PathLike, Address)):
        problem = f"must be a path or PairDecisions, got {type(decisions).__name__}"
        raise ConfigError.of(parameter, problem)
    return read_decisions(as_location(decisions))


def append_judgement(path: str | Path, judgement: Judgement) -> None:
    """Append a judgement to a decisions file, and wait until it is on the disk.

    The file is created if it is missing. An incomplete last line is replaced. Several programs may
    append to one file, except on Windows.

    Parameters
    ----------
    path
        The decisions file, local.
    judgement
        The judgement.

    Raises
    ------
    InputError
        When the file is no decisions file; it is not changed then.
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> judgement = Judgement.of_texts("One.", "Two.", "keep")
    >>> with TemporaryDirectory() as folder:
    ...     append_judgement(f"{folder}/decisions.jsonl", judgement)
    ...     read_decisions(f"{folder}/decisions.jsonl").judgements == (judgement,)
    True
    """
    path = Path(path)
    with output_errors(path), path.open("a+b") as file:  # each write goes to the end
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        is_new = not file.seek(0, os.SEEK_END)
        file.seek(0)
        content = file.read()
        lines = _complete_lines(content, path)
        before = b"" if lines else _HEAD_LINE
        if lines and content.endswith(lines[-1]):
            before = b"\n"  # an editor left it out
        else:
            file.truncate(content.rfind(b"\n") + 1 if lines else 0)
        file.write(before + judgement.to_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folders([path.parent])


def take_back_judgement(path: str | Path, judgement: Judgement, date: str) -> None:
    """Let the judgement before this one count again, unless a later one of the pair counts.

    Parameters
    ----------
    path
        A decisions file that has the judgement.
    date
        When it is taken back.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> first = Judgement.of_texts("One.", "Two.", "keep")
    >>> second = Judgement.of_texts("One.", "Two.", "remove")
    >>> with TemporaryDirectory() as folder:
    ...     path = f"{folder}/decisions.jsonl"
    ...     append_judgement(path, first)
    ...     append_judgement(path, second)
    ...     take_back_judgement(path, second, "2026-11-29T20:15:00Z")
    ...     [*read_decisions(path).by_pair.values()]
    ['keep']
    """
    of_pair = [one for one in read_decisions(path).judgements if one.pair == judgement.pair]
    if of_pair and of_pair[-1] == judgement:
        before = of_pair[-2] if len(of_pair) > 1 else replace(judgement, decision=None)
        append_judgement(path, replace(before, date=date))


def _judgements(content: bytes, path: str | Location) -> Iterator[Judgement]:
    """Yield the judgements of a decisions file."""
    for number, line in enumerate(_complete_lines(content, path)[1:], start=2):
        if line.strip() and line.rstrip() != _HEAD_LINE.rstrip():
            try:
                yield _judgement(line)
            except ValueError as error:
                wrong = f"{path}: line {number}: no judgement ({error})"
                raise InputError(f"{wrong}; correct this line or delete it") from error


def _complete_lines(content: bytes, path: str | Location) -> list[bytes]:
    """Return the lines of a decisions file, without an incomplete last one.

    Raises
    ------
    InputError
        When the first line is not that of a decisions file.
    """
    if _HEAD_LINE.startswith(content):  # a program was killed while it created the file
        return []
    lines = content.split(b"\n")
    if not _is_complete(lines[-1]):
        del lines[-1]
    _check_head(lines[0] if lines else content, path)
    return lines


def _judgement(line: bytes) -> Judgement:
    """Read a line of a decisions file.

    Raises
    ------
    ValueError
        When it is no judgement.
    """
    entry = _loads(line)
    names = [field.name for field in fields(Judgement)]
    missing = [name for name in names[:3] if name not in entry]
    if missing:
        raise ValueError(f"it has no {missing[0]}")
    return Judgement(**{name: entry[name] for name in names if name in entry})


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _loads(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not valid JSON") from error
    if not isinstance(entry, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  all errors of a line
    return entry


def _is_complete(last_line: bytes) -> bool:
    """Return whether the last line of a file, which has no line break, was written completely."""
    try:
        _loads(last_line)
    except ValueError:
        return False
    return True


def _check_head(line: bytes, path: str | Location) -> None:
    """Check the first line of a decisions file.

    Raises
    ------
    InputError
        When it is that of another file or version.
    """
    try:
        head = _loads(line)
    except ValueError:
        head = {}
    if head.get("format") != DECISIONS_HEAD["format"]:
        wrong = "line 1: not the first line of a decisions file"
        raise InputError(f"{path}: {wrong}; name the file that dedup-clean review wrote")
    if head.get("version") != DECISIONS_HEAD["version"]:
        wrong = f"line 1: version {head.get('version')}, which this release cannot read"
        raise InputError(f"{path}: {wrong}; update dedup")
