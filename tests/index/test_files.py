"""Other files, damaged indexes, read-only and open files: each gives one clear error."""

import gc
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from dedup import Config, ConfigError, Index, StoreError
from dedup.index.stores.checksums import DamagedError, with_checksum
from dedup.index.stores.opening import open_store
from dedup.index.stores.text_codec import MAX_UNCHECKED_TEXT_BYTES, TextCodec
from tests.index.children import Child
from tests.small_disk import enlarge, small_disk

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXTS = [
    " ".join(f"w{number * 79 * (word + 1) % 9973}" for word in range(60)) for number in range(300)
]
NEW = [" ".join(f"new{number}x{word}" for word in range(30)) for number in range(20)]


def made(path: Path) -> Path:
    with Index(path) as index:
        for start in range(0, len(TEXTS), 60):
            index.add(TEXTS[start : start + 60], ids=range(start, start + 60), batch=f"b{start}")
    return path


def execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def is_refused(path: Path, *parts: str) -> None:
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError) as caught:
        Index(path)
    message = str(caught.value)
    assert "\n" not in message and message.startswith(f"{path} ")
    assert not [part for part in parts if part not in message], message
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_other_files_and_tables_are_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    for data in (b"he", b"hello world " * 5000, b"SQLite format 3\0" + b"\1" * 9000):
        path.write_bytes(data)
        is_refused(path)
    path.unlink()
    execute(path, "CREATE TABLE text (row, id)")
    is_refused(path, "is not a dedup index; name another file")
    is_refused(tmp_path, "is a folder; name a file in it")
    is_refused(tmp_path / "missing" / "seen.db", "cannot be created; make the folder")
    with pytest.raises(StoreError, match=r"cannot be opened; check the path"):
        Index(tmp_path / ("x" * 300))


def test_the_sqlite_name_for_memory_is_refused() -> None:
    with pytest.raises(ConfigError, match="leave out path for an index in memory"):
        Index(":memory:")


@pytest.mark.parametrize("path", ["", "a\0b", 7, b"seen.db", ["seen.db"]])
def test_an_invalid_path_is_refused(path: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^path must be a file or the address of a server"):
        Index(path)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "5", None])
def test_an_invalid_timeout_is_refused(tmp_path: Path, timeout: Any) -> None:  # noqa: ANN401
    with pytest.raises(ConfigError, match=r"^timeout must be 0 to 2,000,000 seconds, got"):
        Index(tmp_path / "seen.db", timeout=timeout)


def test_an_empty_file_becomes_an_index(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    path.touch()
    made(path)
    with Index(path) as index:
        assert len(index) == 300


def test_an_index_keeps_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with pytest.raises(ConfigError, match=r"^keep must be auto or first"):
        Index(path, keep="last")
    with pytest.raises(ConfigError, match=r"^forget_after must be an age"):
        Index(path, forget_after="soon")
    assert not path.exists()
    config = Config(threshold=0.7, measure="jaccard")
    Index(path, config).close()
    for same in (
        None,
        config,
        Config(threshold=0.7, measure="jaccard", min_tokens=5, keep="first"),
    ):
        with Index(path, same) as index:
            assert index.config == config
    for other, message in {
        Config(): "measure='jaccard', not 'containment'",
        Config(threshold=0.7, measure="jaccard", seed=2): "seed=1, not 2",
    }.items():
        with pytest.raises(ConfigError, match=message):
            Index(path, other)
    with pytest.raises(
        ConfigError, match=r"was made with threshold=0\.7, not 0\.9 \(as in preset strict\)"
    ):
        Index(path, measure="jaccard", threshold=0.9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signature": 9}, "was made by a version of dedup with signatures 9, and this one has 2"),
        ({"config": {"new": 9}}, r"has settings that this version .*: export it with the version"),
        ({"config": {"threshold": 9}}, r"has settings that this version of dedup does not know"),
    ],
)
def test_an_index_of_another_version_is_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    store = open_store(tmp_path / "seen.db", 5)
    Index(tmp_path / "seen.db").close()
    with store.writing():
        store.save_settings(store.settings() | change)
    store.close()
    with pytest.raises(StoreError, match=message):
        Index(tmp_path / "seen.db")


def test_an_index_without_the_setting_page_variants_removes_them(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    Index(path, "web").close()
    store = open_store(path, 5)
    with store.writing():
        settings = store.settings()
        del settings["config"]["page_variants"]
        store.save_settings(settings)
    store.close()
    for config in (None, Config.preset("web", page_variants="remove")):
        with Index(path, config) as index:
            assert index.config == Config.preset("web", page_variants="remove")
    message = r"made with page_variants='remove', not 'keep' \(as in preset web\); leave the preset"
    with pytest.raises(ConfigError, match=message):
        Index(path, "web")


def test_an_index_of_the_previous_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    Index(path).close()
    store = open_store(path, 5)
    with store.writing():
        config = store.settings()["config"]
        config["templates"] = config.pop("numeric_variants")
        store.save_settings({"signature": 1, "config": config, "batches": {"monday": [[0, 3]]}})
    store.close()
    with pytest.raises(StoreError, match="export it with the version that wrote it"):
        Index(path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version = 2", "has format 2, and this version of dedup reads 1"),
        ("PRAGMA application_id = 7", "is not a dedup index; name another file"),
        ("DROP TABLE known", "is damaged and cannot be opened: restore a backup"),
        ("UPDATE known SET value = '{}' WHERE name = 'settings'", "is damaged and cannot be open"),
        ("UPDATE known SET value = x'7b7d' WHERE name = 'settings'", "is damaged and cannot be o"),
    ],
)
def test_a_changed_schema_or_setting_is_refused(
    tmp_path: Path, statement: str, message: str
) -> None:
    path = tmp_path / "seen.db"
    Index(path).close()
    execute(path, statement)
    with pytest.raises(StoreError, match=message):
        Index(path)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM known WHERE name = 'next'",
        "UPDATE known SET value = 'x' WHERE name = 'count'",
        "DELETE FROM text WHERE row > 5",
        "DELETE FROM chunk",
        "UPDATE chunk SET data = substr(data, 9)",
        "DELETE FROM fence",
        "UPDATE fence SET keys = 'x'",
        "UPDATE fence SET keys = substr(keys, 5)",
        "UPDATE run SET chunks = chunks - 1",
        "UPDATE text SET text = x'00ffff'",
        "UPDATE text SET text = x''",
        "UPDATE text SET text = substr(text, 1, 40)",
    ],
)
def test_damage_is_reported(tmp_path: Path, statement: str) -> None:
    path = made(tmp_path / "seen.db")
    execute(path, statement)
    with Index(path) as index, pytest.raises(StoreError, match=r"is damaged|no such table"):  # noqa: PT012
        index.query(TEXTS)
        index.add(NEW, ids=[f"n{number}" for number in range(20)])
        list(index.export())
        index.compact()


def test_a_text_that_cannot_be_decompressed_is_damaged() -> None:
    with pytest.raises(DamagedError):
        TextCodec(None).decompress(with_checksum(b"\1no frame of zstd", 4))


@pytest.mark.parametrize("stored", [b"", b"\xff" * 40, bytes(3), bytes(4) + b"{}", bytes(4) + b"7"])
def test_a_stored_result_that_cannot_be_read_is_damaged(tmp_path: Path, stored: bytes) -> None:
    path = made(tmp_path / "seen.db")
    store = open_store(path, 5)
    with store.writing():
        store.save("results:b0", TextCodec(None).compress(stored))
    store.close()
    with Index(path) as index, pytest.raises(StoreError, match="is damaged"):
        index.add(TEXTS[:60], ids=range(60), batch="b0")


def test_a_text_that_expands_too_much_is_damaged() -> None:
    codec = TextCodec(None)
    for size in (MAX_UNCHECKED_TEXT_BYTES, MAX_UNCHECKED_TEXT_BYTES + 1, 5 << 20):
        zeros = bytes(size)
        assert codec.decompress(codec.compress(zeros)) == zeros
    frame = zstd.compress(bytes(MAX_UNCHECKED_TEXT_BYTES + 1))
    with pytest.raises(DamagedError):
        codec.decompress(with_checksum(b"\1" + frame, 4))


def test_damaged_texts_are_left_out_of_an_export(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    execute(path, "UPDATE text SET text = x'00ffff' WHERE row IN (7, 299)")
    execute(path, "UPDATE text SET id = CAST(x'ff' AS TEXT) WHERE row = 9")
    with Index(path) as index:
        with pytest.warns(
            UserWarning, match=r"3 damaged texts left out \(ids 7, .*, 299\): restore"
        ):
            found = [item.id for item in index.export()]
        assert found == [number for number in range(299) if number not in (7, 9)]
        assert index.stats().texts == 300


def test_a_file_that_was_deleted_or_replaced_is_not_written_to(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    for harm in (path.unlink, lambda: path.write_bytes(b"")):
        with Index(path) as index:
            harm()
            for do in (lambda: index.add(NEW), lambda: index.query(NEW), lambda: len(index)):
                if path.exists():
                    made(tmp_path / "other.db").replace(path)
                with pytest.raises(StoreError, match=r"seen\.db was deleted or replaced while it"):
                    do()
        made(path)


def test_a_file_deleted_within_a_transaction_is_an_error(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    with Index(path) as index, ExitStack() as stack:
        stack.enter_context(index.transaction())
        index.add(NEW)
        path.unlink()
        with pytest.raises(StoreError, match=r"seen\.db was deleted or replaced while it"):
            stack.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_an_index_is_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    is_refused(tmp_path / "pipe", "is not a regular file; name another file")


@pytest.mark.parametrize("content", [b"#", b"#" * 511])
def test_a_short_file_of_something_else_is_unchanged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="notes is not a dedup index; name another file"):
        Index(path)
    assert path.read_bytes() == content


def test_create_false_never_creates_an_index(place: str) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match=r"^no index at .*; check the path$"):
            Index(place, create=False)
    Index(place).close()
    Index(place, create=False).close()


@pytest.mark.parametrize("free", [0, 4, 8, 12, 28, 44])
def test_an_index_that_does_not_fit_on_the_disk_leaves_no_file(tmp_path: Path, free: int) -> None:
    with small_disk(tmp_path / "disk", "128k") as disk:
        (disk / "full").write_bytes(bytes((128 - free) << 10))
        with pytest.raises(StoreError, match=r"seen\.db .*the disk is full"):
            Index(disk / "seen.db")
        assert [path.name for path in disk.iterdir()] == ["full"]
        (disk / "full").unlink()
        enlarge(disk)
        Index(disk / "seen.db").close()
        (disk / "full").touch()


def test_an_empty_file_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    path.touch()
    with pytest.raises(StoreError, match="no index at"):
        Index(path, create=False)
    assert not path.read_bytes()


def test_using_a_closed_index_is_an_error(tmp_path: Path) -> None:
    index = Index(tmp_path / "seen.db")
    index.close()
    index.close()
    for do in (lambda: index.add(["a"], ids=[1]), lambda: len(index), index.compact, index.stats):
        with pytest.raises(StoreError, match=r"seen\.db was closed: open it again"):
            do()


def test_a_collected_index_is_closed(tmp_path: Path) -> None:
    path = made(tmp_path / "seen.db")
    gc.collect()
    index = Index(path)
    assert index.query([TEXTS[0]]).witness == [0]
    del index  # a ResourceWarning would be an error here
    gc.collect()
    with pytest.raises(ConfigError):
        Index(path, threshold=0.5)
    execute(path, "PRAGMA user_version = 2")
    with pytest.raises(StoreError):
        Index(path)
    gc.collect()
    assert [found.name for found in tmp_path.iterdir()] == ["seen.db"]  # and no log of it


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("logged", [False, True])
def test_a_read_only_file(*, logged: bool) -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = made(Path(folder, "seen.db"))
        path.chmod(0o444)
        index = Index(path) if logged else None  # so that there is a log
        assert as_nobody(lambda: is_not_written_to(path))
        if index is not None:
            index.close()


def as_nobody(do: Callable[[], bool]) -> bool:
    """Call a function as a user without any rights; return its result."""
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        with suppress(BaseException):
            os._exit(0 if do() else 1)
        os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """Return a folder that only root can write to."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can be another user")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("logged", [False, True])
def test_an_index_in_a_read_only_folder(closed_folder: Path, *, logged: bool) -> None:
    path = made(closed_folder / "seen?.db")

    def reads() -> bool:
        with Index(path, create=False) as index:
            assert index.query(TEXTS[:2]).witness == [0, 1]
            assert index.get(7) is not None and len(list(index.export())) == 300 + logged
            assert index.check().problems == () and index.stats().texts == 300 + logged
            with pytest.raises(StoreError, match=r"cannot be written to: .*copy it into another"):
                index.add(NEW)
        return True

    with Index(path) if logged else nullcontext() as index:
        if index is not None:
            index.add(NEW[:1], ids=["new"])  # in the log
        assert as_nobody(reads)
    assert [found.name for found in closed_folder.iterdir()] == ["seen?.db"]


def test_a_change_is_noticed_while_an_immutable_index_is_read(closed_folder: Path) -> None:
    path = made(closed_folder / "seen.db")

    def notice(send: Callable[[Any], None]) -> None:
        os.setuid(65534)
        index = Index(path)
        send(len(index))
        message = ""
        while not message:
            try:
                len(index)
            except StoreError as error:
                message = str(error)
        send(message)
        send(len(Index(path)))

    child = Child(notice)
    lines = child.messages()
    assert next(lines) == 300
    with Index(path) as index:
        index.add(NEW[:1], ids=["new"])
    assert next(lines) == f"{path} was written to while it was open: open the index again"
    assert next(lines) == 301
    assert child.wait() == 0


def test_an_unreadable_log_is_an_error(closed_folder: Path) -> None:
    path = made(closed_folder / "seen.db")
    Path(f"{path}-wal").touch(0o600)

    def is_refused() -> bool:
        with pytest.raises(StoreError, match=r"cannot be opened; .* copy the index and its -wal"):
            Index(path)
        return True

    assert as_nobody(is_refused)


def is_not_written_to(path: Path) -> bool:
    try:
        Index(path).add(NEW[:1], ids=["new"])
    except StoreError as error:
        sys.stderr.write(str(error))
        return "cannot be " in str(error) and "check " in str(error)
    return False
