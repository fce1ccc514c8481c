"""``Index.check`` reads a whole index and finds all damage."""

from pathlib import Path

import pytest

from dedup import Config, Index, IndexCheck, StoreError
from dedup.index import check as checking
from tests.index.stores.memory_store import dictionary_index
from tests.index.test_files import NEW, TEXTS, execute, made


def test_an_intact_index_has_no_problem(index: Index) -> None:
    assert index.check().problems == ()
    for start in range(0, 300, 60):
        index.add(TEXTS[start : start + 60], ids=range(start, start + 60), batch=f"b{start}")
    index.add([None, "", "- -"], ids=["none", "empty", "signs"])
    assert (index.check().texts, index.check().problems) == (303, ())
    index.remove([*range(0, 300, 7), *range(5)])
    index.add([*NEW, TEXTS[7]], ids=[f"n{number}" for number in range(21)])
    index.add([TEXTS[8] + " more"], ids=[9], on_conflict="update")
    found = index.check()
    assert found.problems == ()
    assert found.texts == len(index)
    index.compact()
    assert index.check().problems == ()


@pytest.mark.parametrize(
    "config", [Config(measure="jaccard"), Config(unit="token"), Config(unit="text")]
)
def test_an_index_of_other_settings_has_no_problem(config: Config) -> None:
    index = Index(None, config)
    index.add([text.split() for text in TEXTS] if config.unit == "token" else TEXTS)
    assert index.check().problems == ()


def test_a_check_of_dictionaries_has_no_problem() -> None:
    index = dictionary_index()
    index.add(TEXTS, ids=range(300))
    index.remove([5])
    assert index.check() == IndexCheck(299, ())


def test_a_check_sees_the_index_as_it_was_at_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index(made(tmp_path / "seen.db")) as index, Index(tmp_path / "seen.db") as other:
        scan = index._store.scan  # noqa: SLF001  another process writes in the midst

        def scan_late(*arguments: object) -> object:
            other.add(NEW)
            return scan(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(index._store, "scan", scan_late)  # noqa: SLF001
        assert index.check() == IndexCheck(300, ())


EXPORT = ": add what dedup-clean index export yields to a new index"
MISMATCH = f"the posting lists do not match the texts{EXPORT}"
OTHER_TEXT = "(SELECT text FROM text WHERE row = 10)"


@pytest.mark.parametrize(
    ("statement", "count", "message"),
    [
        (
            "DELETE FROM known WHERE name = 'next'",
            1,
            "the numbers and settings of the index",
        ),
        (
            "UPDATE known SET value = 'x' WHERE name = 'floor'",
            1,
            f"the posting lists cannot be read{EXPORT}",
        ),
        ("UPDATE known SET value = 9 WHERE name = 'count'", 1, "300 texts found and 9 counted"),
        ("UPDATE known SET value = 9 WHERE name = 'next'", 1, "9 texts found and 300 counted"),
        ("UPDATE known SET value = 9 WHERE name = 'floor'", 1, MISMATCH),
        (
            "UPDATE known SET value = x'00' WHERE name = 'results:b60'",
            1,
            "the stored result of batch 'b60' cannot be read: use another name",
        ),
        ("INSERT INTO gone VALUES (9)", 1, MISMATCH),
        ("DELETE FROM text WHERE row > 5", 1, "6 texts found and 300 counted"),
        ("DELETE FROM chunk", 1, f"the posting lists cannot be read{EXPORT}"),
        ("UPDATE chunk SET data = substr(data, 9)", 1, "the posting lists cannot be read"),
        ("DELETE FROM fence", 1, "the posting lists cannot be read"),
        ("UPDATE fence SET keys = 'x'", 1, "the posting lists cannot be read"),
        ("UPDATE run SET chunks = chunks - 1", 1, "the posting lists cannot be read"),
        ("UPDATE run SET last_row = 5", 1, "the posting lists cannot be read"),
        ("DELETE FROM run WHERE number = 26", 1, MISMATCH),
        ("UPDATE run SET into_run = 99", 1, "the posting lists cannot be read"),
        ("UPDATE text SET text = x'00ffff' WHERE row = 7", 1, "the text of id 7 (row 7) is damag"),
        ("UPDATE text SET added = -1 WHERE row = 7", 1, "the text of id 7 (row 7) is damaged: rem"),
        (f"UPDATE text SET text = {OTHER_TEXT} WHERE row = 9", 1, MISMATCH),
        ("UPDATE text SET text = NULL WHERE row = 9", 1, MISMATCH),
    ],
)
def test_a_check_finds_damage(tmp_path: Path, statement: str, count: int, message: str) -> None:
    path = made(tmp_path / "seen.db")
    with Index(path) as index:
        index.compact()
    execute(path, statement)
    with Index(path) as index:
        problems = index.check().problems
    assert message in "\n".join(problems), problems
    assert len(problems) <= count, problems


def test_a_check_finds_damaged_pages_of_sqlite(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    whole = path.read_bytes()
    leaves = [at for at in range(8192, len(whole), 8192) if whole[at] == 13]
    for at, message in ((leaves[9] + 3, "the database cannot be read"), (38, "SQLite says: ")):
        data = bytearray(whole)
        data[at : at + 2] = b"\xff\xff"  # the number of cells of a page, or of free pages
        path.write_bytes(data)
        with Index(path) as index:
            problems = index.check().problems
        assert problems[0].startswith(message)
        assert problems[0].endswith(": restore a backup")
        assert not [line for line in problems if "\n" in line]


def test_a_limited_number_of_problems_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "seen.db")
    execute(path, "UPDATE text SET text = x''")
    monkeypatch.setattr(checking, "MAX_REPORTED_TEXTS", 10)
    with Index(path) as index:
        assert len(index.check().problems) == 10


def test_a_closed_index_cannot_be_checked() -> None:
    index = Index()
    index.close()
    with pytest.raises(StoreError, match="was closed"):
        index.check()


def test_an_export_warns_of_missing_texts(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    execute(path, "DELETE FROM text WHERE row BETWEEN 100 AND 102")  # as by a damaged page
    with (
        Index(path) as index,
        pytest.warns(UserWarning, match="3 damaged texts left out"),
    ):
        assert len(list(index.export())) == 297
