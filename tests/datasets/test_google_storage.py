"""Google Storage as input and output: the results of a local job, and nothing after an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dedup.datasets.clean_dataset import clean_dataset
from dedup.datasets.restore_dataset import restore_dataset
from dedup.errors import InputError, OutputError
from dedup.files.uploads import PART_BYTES, Uploads
from tests.command_runner import Run
from tests.datasets.test_remote_files import CONTENTS, files_in, jsonl, long_records, objects_in
from tests.gcs_server import GoogleServer
from tests.generated_texts import random_texts
from tests.s3_server import Bucket

# gcsfs sends parts as bytes.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")


@pytest.fixture(scope="module")
def server() -> Iterator[GoogleServer]:
    with GoogleServer() as server:
        yield server


@pytest.fixture
def bucket(server: GoogleServer, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    import fsspec  # noqa: PLC0415  optional
    import gcsfs  # noqa: PLC0415  optional

    options = {"token": "anon", "endpoint_url": server.url}
    monkeypatch.setitem(fsspec.config.conf, "gs", options)
    # The class that gcsfs registers asks for the type of the bucket by gRPC.
    fsspec.register_implementation("gs", gcsfs.core.GCSFileSystem, clobber=True)
    gcsfs.core.GCSFileSystem.clear_instance_cache()
    return Bucket(server.fs, "gs")


@pytest.mark.parametrize("ending", ["jsonl.gz", "csv", "parquet"])
def test_formats_give_the_bytes_of_a_local_job(
    bucket: Bucket, server: GoogleServer, tmp_path: Path, ending: str
) -> None:
    for number in range(3):
        name, content = f"in/{number}/news.{ending}", CONTENTS[ending](number // 2)
        bucket.put(name, content)
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(content)
    local = clean_dataset([tmp_path / f"in/*/*.{ending}"], f"{tmp_path}/clean/")
    remote = clean_dataset([f"{bucket.url}/in/*/*.{ending}"], f"{bucket.url}/clean/")
    assert local == remote
    assert files_in(tmp_path / "clean") == objects_in(bucket, "clean/")
    assert server.open_uploads == []


def test_a_folder_of_texts(bucket: Bucket, tmp_path: Path) -> None:
    for number, text in enumerate(random_texts(10, 3, 40) * 2):
        name = f"in/{number % 3}/{number}.txt"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        bucket.put(name, text.encode())
    clean_dataset(f"{tmp_path}/in", f"{tmp_path}/clean")
    clean_dataset(f"{bucket.url}/in/", f"{bucket.url}/clean")
    assert files_in(tmp_path / "clean") == objects_in(bucket, "clean/")


def test_outputs_of_many_parts_and_a_ledger(
    bucket: Bucket, server: GoogleServer, tmp_path: Path
) -> None:
    lines = long_records(1100)
    assert len(lines) > 2 * PART_BYTES
    source, ledger = tmp_path / "in.jsonl", f"{bucket.url}/removed.jsonl.gz"
    source.write_bytes(lines * 2)
    clean_dataset(source, f"{bucket.url}/clean.jsonl", within=False, ledger=ledger)
    assert bucket.get("clean.jsonl") == lines
    restore_dataset(ledger, f"{bucket.url}/clean.jsonl", tmp_path / "restored.jsonl")
    assert (tmp_path / "restored.jsonl").read_bytes() == lines * 2
    assert server.open_uploads == []


def test_an_error_leaves_no_object_and_no_upload(
    bucket: Bucket, server: GoogleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output has sent parts already when its last bytes cannot be sent."""
    good, bad = bucket.put("in/a.jsonl", jsonl(1)), bucket.put("in/b.jsonl", jsonl(2) + b"{")
    with pytest.raises(InputError, match=r"gs://news-[0-9]+/in/b.jsonl: line 73"):
        clean_dataset([good, bad], f"{bucket.url}/clean/")

    def fail(*_: object) -> None:
        assert server.open_uploads == ["clean.jsonl"]
        raise OutputError("refused")

    (tmp_path / "in.jsonl").write_bytes(long_records(1100))
    monkeypatch.setattr(Uploads, "commit", fail)
    with pytest.raises(OutputError, match="refused"):
        clean_dataset(tmp_path / "in.jsonl", f"{bucket.url}/clean.jsonl")
    assert bucket.keys == ["in/a.jsonl", "in/b.jsonl"]
    assert server.open_uploads == []


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (("{bucket}/no.jsonl",), ("{bucket}/no.jsonl: no such object, folder or bucket",)),
        (("gs://no-bucket/a.jsonl",), ("gs://no-bucket/a.jsonl: no such object",)),
        (("in.jsonl", "-o", "gs://no-bucket/x/a.jsonl"),
         ("gs://no-bucket/x/a.jsonl: no such bucket; check the address",)),
        (("{bucket}/in.jsonl", "-o", "{bucket}/in.jsonl"), ("is an input; choose another",)),
    ],
)  # fmt: skip
def test_errors_name_the_address_and_the_remedy(
    bucket: Bucket,
    folder: Path,
    run: Run,
    arguments: tuple[str, ...],
    messages: tuple[str, ...],
) -> None:
    (folder / "in.jsonl").write_bytes(jsonl(1))
    bucket.put("in.jsonl", jsonl(1))
    outcome = run(*(argument.replace("{bucket}", bucket.url) for argument in arguments))
    assert outcome.is_error(*(message.replace("{bucket}", bucket.url) for message in messages))
    assert bucket.keys == ["in.jsonl"]
