"""Addresses behave like paths, need their libraries only when used, and hide secrets."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dedup.errors import ConfigError, InputError, OutputError
from dedup.files.address import Address
from dedup.files.listing import list_files, list_named_files
from dedup.files.location import as_location, contains_path, identity
from dedup.files.remote_stores import why_failed

ADDRESSES = ["s3://bucket/crawl/2026/the.news.jsonl.gz", "hf://datasets/user/name@main/a/b.parquet",
             "gs://bucket/a.csv", "s3://bucket"]  # fmt: skip


@pytest.mark.parametrize("url", ADDRESSES)
def test_names_are_those_of_a_path(url: str) -> None:
    address, path = Address(url), Path("/" + url.partition("://")[2])
    assert (address.name or path.name).endswith(path.name)
    if len(path.parts) == 2:  # a bucket
        assert address.parent == address
        return
    assert (address.name, address.suffix) == (path.name, path.suffix)
    assert address.parent.name.endswith(path.parent.name)
    assert [len(around.parts) for around in address.parents] == [
        len(around.parts) - 1 for around in path.parents
    ][:-1]
    assert address.with_name("x.y").url == f"{address.parent.url}/x.y"
    assert str(address.with_suffix("")) == url.removesuffix(path.suffix)
    assert address.parent / address.name == address
    assert len({address, Address(url), Address(f"{url}/")}) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a.jsonl?X-Amz-Signature=secret#x", "https://host/a.jsonl"),
        ("sftp://user:secret@host/a.jsonl", "sftp://host/a.jsonl"),
        ("abfs://container@account/a.jsonl", "abfs://container@account/a.jsonl"),
        ("s3://bucket/a.jsonl?versionId=3", "s3://bucket/a.jsonl?versionId=3"),
    ],
)
def test_messages_show_no_secrets(url: str, shown: str) -> None:
    address = Address(url)
    assert str(address) == shown
    assert "secret" not in repr(address)
    assert address.name.startswith("a.jsonl")
    with pytest.raises(InputError) as caught, address.explained():
        raise ValueError(f"cannot fetch {url}\nmore")
    assert "secret" not in str(caught.value)
    assert (caught.value.__cause__ is None) == (url != shown)


@pytest.mark.parametrize("scheme", ["s3", "gs", "hf", "https"])
def test_an_address_with_one_slash_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=f"write {scheme}://bucket/clean/$"):
        as_location(f"{scheme}:/bucket/clean/")
    for name in (f"./{scheme}:/bucket", f"/{scheme}:/bucket", "c:/bucket", "x:/a", "notes:/a"):
        assert as_location(name) == Path(name)
    (tmp_path / f"{scheme}:").mkdir()
    assert as_location(f"{scheme}:/bucket") == Path(f"{scheme}:/bucket")


def test_an_address_is_no_path(tmp_path: Path) -> None:
    assert as_location(f"file://{tmp_path}") == tmp_path
    assert as_location(f"FILE://{tmp_path}") == tmp_path
    assert str(as_location("S3://Bucket/A")) == "s3://Bucket/A"
    assert as_location("notes::a.txt") == Path("notes::a.txt")
    assert as_location("C:/news.jsonl") == Path("C:/news.jsonl")
    assert identity(Address("s3://bucket/clean/")) == "s3://bucket/clean"
    folder = Address("s3://bucket/clean")
    assert contains_path(folder, Address("s3://bucket/clean/a"))
    assert not contains_path(folder, Address("s3://bucket/cleaner/a"))
    assert not contains_path(folder, tmp_path)


def test_an_address_of_the_hub_is_parsed_without_a_request() -> None:
    pytest.importorskip("huggingface_hub")
    address = Address("hf://datasets/user/name@v1/data/*.parquet")
    assert type(address.store).__name__ == "HfFileSystem"
    assert address.path == "datasets/user/name@v1/data/*.parquet"
    assert (address.parent / "a.parquet").path == "datasets/user/name@v1/data/a.parquet"


@pytest.mark.parametrize(
    ("url", "missing", "command"),
    [
        ("s3://bucket/a", "fsspec", "pip install 'dedup-clean[remote]'"),
        ("s3://bucket/a", "s3fs", "pip install 'dedup-clean[remote]'"),
        ("gs://bucket/a", "gcsfs", "pip install 'dedup-clean[remote]' gcsfs"),
        ("hf://datasets/a/b/c", "huggingface_hub", "pip install 'dedup-clean[remote]' hugg"),
        ("https://host/a", "aiohttp", "pip install 'dedup-clean[remote]'"),
    ],
)
def test_a_missing_library_is_named(url: str, missing: str, command: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import dedup.cli.main as m; "
    code += f"sys.exit(m.main([{url!r}, '-o', 'clean/']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    scheme = url.partition(":")[0]
    assert done.returncode == 2
    assert f"{url}: {scheme}:// addresses need another library: {command}" in done.stderr
    assert "Traceback" not in done.stderr


def test_local_jobs_import_no_library_of_stores(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "One."}\n')
    code = "import sys, dedup; dedup.clean_dataset('a.jsonl', 'b.jsonl', stats='s.json'); "
    code += "print({'fsspec', 's3fs', 'aiohttp', 'asyncio'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


class EndpointConnectionError(Exception):
    """As botocore's."""


class AnswerError(Exception):
    """As aiohttp's."""

    status = 403


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "the store does not answer in time"),
        (EndpointConnectionError("http://127.0.0.1"), "cannot connect to the store"),
        (AnswerError("Forbidden"), "access denied"),
        (OSError("Unable to locate credentials"), "no credentials found"),
        (RuntimeError(), "the store failed (RuntimeError)"),
    ],
)
def test_reasons(error: Exception, reason: str) -> None:
    found = why_failed(error, "s3")
    assert found.startswith(reason)
    assert "; " in found


def test_a_missing_file_may_have_another_cause() -> None:
    error = FileNotFoundError("http://host/a")
    error.__cause__ = EndpointConnectionError("refused")
    assert why_failed(error, "http").startswith("cannot connect")


def test_named_texts_of_a_bucket_have_one_folder() -> None:
    addresses = [Address(f"s3://bucket/news/{name}") for name in ("b/2.txt", "a/x/1.txt")]
    root, names = list_named_files(addresses)
    assert (root, names) == (Address("s3://bucket/news"), ["a/x/1.txt", "b/2.txt"])
    with pytest.raises(OutputError, match="have no common folder"):
        list_named_files([*addresses, Path("a.txt")])


def test_a_listing_has_no_hidden_objects_and_matches_patterns() -> None:
    memory: Any = pytest.importorskip("fsspec").filesystem("memory")
    for name in ("1.txt", "a/2.txt", "a/b/3.txt", ".c/4.txt", "a/.5.txt", "6.csv"):
        memory.pipe_file(f"/listed/{name}", b"")
    expected = {
        "memory://listed": ["1.txt", "6.csv", "a/2.txt", "a/b/3.txt"],
        "memory://listed/**/*.txt": ["1.txt", "a/2.txt", "a/b/3.txt"],
        "memory://listed/*/?.txt": ["a/2.txt"],
        "memory://listed/[0-5].*": ["1.txt"],
        "memory://listed/no/*": [],
        "memory://listed/1.txt": ["1.txt"],
    }
    assert {url: list_files(Address(url)).names for url in expected} == expected
    memory.rm("/listed", recursive=True)


def test_an_unknown_scheme_is_refused() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(ConfigError, match="fsspec knows no odd:// addresses"):
        Address("odd://bucket/a").exists()


@pytest.mark.parametrize("url", ["zip://a.jsonl::s3://bucket/a.zip", "simplecache::s3://bucket/a"])
def test_chained_file_systems_are_refused(url: str) -> None:
    pytest.importorskip("fsspec")
    address = as_location(url)
    with pytest.raises(ConfigError, match=f"^{url}: chains file systems with '::', which is not"):
        address.exists()


@pytest.mark.long
def test_gcsfs_prints_no_warnings() -> None:
    pytest.importorskip("gcsfs")
    assert Address("gs://bucket/a").path == "bucket/a"
    assert logging.getLogger("gcsfs").handlers
