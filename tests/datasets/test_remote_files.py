"""Remote inputs and outputs: the results of a local job, and nothing after an error."""

import gzip
import importlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import orjson
import pytest

from dedup.config import Config
from dedup.datasets.clean_dataset import clean_dataset
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.decide_records import Decisions, decide
from dedup.datasets.job import Job
from dedup.datasets.restore_dataset import restore_dataset
from dedup.datasets.workspace import open_workspace
from dedup.errors import InputError, OutputError
from dedup.files import downloads
from dedup.files.uploads import PART_BYTES, Upload
from dedup.matching.decisions import Judgement, append_judgement
from tests.command_runner import ARTICLE, CLEAN, Run
from tests.generated_texts import random_texts
from tests.s3_server import Bucket
from tests.warc_records import warc_record

SMALL = 10_000  # bytes
clean_module = importlib.import_module("dedup.datasets.clean_dataset")


def records(seed: int, count: int = 60) -> list[dict[str, Any]]:
    texts = random_texts(count, seed, 500)
    texts += texts[::5]
    return [{"id": f"{seed}-{n}", "text": text} for n, text in enumerate(texts)]


def jsonl(seed: int) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records(seed))


def as_array(seed: int) -> bytes:
    return orjson.dumps(records(seed), option=orjson.OPT_INDENT_2)


def as_csv(seed: int) -> bytes:
    rows = [f'{record["id"]},"{record["text"]}"\n' for record in records(seed)]
    return ("id,text\n" + "".join(rows)).encode()


def as_parquet(seed: int) -> bytes:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(records(seed)), sink)
    return bytes(sink.getvalue())


def as_arrow(seed: int) -> bytes:
    pa = pytest.importorskip("pyarrow")
    table, sink = pa.Table.from_pylist(records(seed)), pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def as_warc(seed: int) -> bytes:
    pytest.importorskip("fastwarc")
    records_of_archive = (warc_record(record["text"] or "None.") for record in records(seed))
    return b"".join(map(gzip.compress, records_of_archive))


CONTENTS = {
    "jsonl": jsonl,
    "jsonl.gz": lambda seed: gzip.compress(jsonl(seed), mtime=0),
    "json": as_array,
    "csv": as_csv,
    "parquet": as_parquet,
    "arrow": as_arrow,
    "warc.gz": as_warc,
}


def wait_until(is_true: Callable[[], bool]) -> None:
    until = monotonic() + 60
    while not is_true():
        assert monotonic() < until
        sleep(0.01)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def objects_in(bucket: Bucket, folder: str) -> dict[str, bytes]:
    keys = [key for key in bucket.keys if key.startswith(folder)]
    return {key.removeprefix(folder): bucket.get(key) for key in keys}


@pytest.mark.parametrize("ending", CONTENTS)
def test_every_format_gives_the_bytes_of_a_local_job(
    bucket: Bucket, tmp_path: Path, ending: str
) -> None:
    for number in range(3):
        content = CONTENTS[ending](number // 2)
        name = f"in/{number}/news{number}.{ending}"
        bucket.put(name, content)
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(content)
    pattern = f"in/*/*.{ending}"
    local = clean_dataset([tmp_path / pattern], f"{tmp_path}/clean/")
    remote = clean_dataset([f"{bucket.url}/{pattern}"], f"{bucket.url}/clean/")
    assert local == remote
    assert files_in(tmp_path / "clean") == objects_in(bucket, "clean/")
    assert bucket.open_uploads == []


def test_one_output_for_several_inputs_and_all_side_files(bucket: Bucket, tmp_path: Path) -> None:
    for seed in (1, 2):
        (tmp_path / f"in{seed}.jsonl").write_bytes(jsonl(seed))
        bucket.put(f"in{seed}.jsonl", jsonl(seed))
    (tmp_path / "seen.jsonl").write_bytes(jsonl(1)[:3000].rpartition(b"\n")[0] + b"\nbad\n")
    bucket.put("seen.jsonl", (tmp_path / "seen.jsonl").read_bytes())
    texts = [record["text"] for record in records(1)[:2]]
    append_judgement(tmp_path / "decided.jsonl", Judgement.of_texts(texts[0], texts[1], "remove"))
    bucket.put("decided.jsonl", (tmp_path / "decided.jsonl").read_bytes())

    def clean(place: str) -> Any:  # noqa: ANN401
        return clean_dataset(
            [f"{place}/in1.jsonl", f"{place}/in2.jsonl"],
            f"{place}/out/clean.jsonl.gz",
            blocks=True,
            min_df=2,
            id="id",
            against=[f"{place}/seen.jsonl"],
            decisions=f"{place}/decided.jsonl",
            on_error="quarantine",
            ledger=f"{place}/out/removed.jsonl",
            stats=f"{place}/out/stats.json",
            patterns=f"{place}/out/patterns.jsonl",
            quarantine=f"{place}/out/bad.jsonl",
        )

    (tmp_path / "out").mkdir()
    clean(str(tmp_path))
    clean(bucket.url)
    local, remote = files_in(tmp_path / "out"), objects_in(bucket, "out/")
    here, there = str(tmp_path).encode(), bucket.url.encode()
    assert {name: data.replace(here, there) for name, data in local.items()} == remote


def test_shards(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(jsonl(1))
    source = bucket.put("in.jsonl", jsonl(1))
    clean_dataset([tmp_path / "in.jsonl"], f"{tmp_path}/clean/", shard_size=9000)
    clean_dataset([source], f"{bucket.url}/clean/", shard_size=9000)
    assert len(bucket.keys) > 3
    assert files_in(tmp_path / "clean") == objects_in(bucket, "clean/")


def test_inputs_and_outputs_may_lie_in_different_places(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(jsonl(1))
    clean_dataset([tmp_path / "in.jsonl"], tmp_path / "clean.jsonl", ledger=tmp_path / "ledger")
    out = f"{bucket.url}/a.jsonl"
    clean_dataset([tmp_path / "in.jsonl"], out, ledger=f"{bucket.url}/ledger.gz")
    clean_dataset([bucket.put("in.jsonl", jsonl(1))], tmp_path / "b.jsonl")
    assert bucket.get("a.jsonl") == (tmp_path / "clean.jsonl").read_bytes()
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "clean.jsonl").read_bytes()
    restore_dataset(f"{bucket.url}/ledger.gz", out, f"{bucket.url}/restored.jsonl")
    assert bucket.get("restored.jsonl") == jsonl(1)
    assert {path.name for path in tmp_path.iterdir()} == {
        *("in.jsonl", "clean.jsonl", "ledger", "b.jsonl")
    }


@pytest.mark.long
def test_a_folder_of_texts(bucket: Bucket, tmp_path: Path) -> None:
    for number, text in enumerate(random_texts(40, 3, 40) * 2):
        name = f"in/{number % 7}/{number}.txt"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        bucket.put(name, text.encode())
    bucket.put("in/.hidden/0.txt", b"Hidden.")
    clean_dataset(f"{tmp_path}/in", f"{tmp_path}/clean", ledger=f"{tmp_path}/ledger")
    clean_dataset(f"{bucket.url}/in/", f"{bucket.url}/clean", ledger=f"{bucket.url}/ledger")
    assert files_in(tmp_path / "clean") == objects_in(bucket, "clean/")
    restore_dataset(f"{bucket.url}/ledger", f"{bucket.url}/clean", tmp_path / "restored")
    assert files_in(tmp_path / "restored") == files_in(tmp_path / "in")
    with pytest.raises(OutputError, match=f"{bucket.url}/in/clean/ must not be in the input"):
        clean_dataset(f"{bucket.url}/in", f"{bucket.url}/in/clean/")


def test_an_object_in_the_memory_of_the_process(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/news/in.jsonl", jsonl(1))
    (tmp_path / "in.jsonl").write_bytes(jsonl(1))
    clean_dataset(tmp_path / "in.jsonl", tmp_path / "clean.jsonl")
    clean_dataset("memory://news/*.jsonl", "memory://news/clean.jsonl", tmp_dir=tmp_path)
    assert memory.cat_file("/news/clean.jsonl") == (tmp_path / "clean.jsonl").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "clean.jsonl"}
    memory.rm("/news", recursive=True)


def test_an_error_leaves_no_object_and_no_upload(bucket: Bucket, tmp_path: Path) -> None:
    good, bad = bucket.put("in/a.jsonl", jsonl(1)), bucket.put("in/b.jsonl", jsonl(2) + b"{")
    before = bucket.keys
    with pytest.raises(InputError, match=r"s3://news-[0-9]+/in/b.jsonl: line 73"):
        clean_dataset([good, bad], f"{bucket.url}/clean/", tmp_dir=tmp_path)
    assert bucket.keys == before
    assert bucket.open_uploads == [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_error_in_the_last_moment_leaves_no_object_and_no_upload(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """All parts are sent, and the report fails."""

    def fail(*_: object, **__: object) -> None:
        wait_until(lambda: len(bucket.open_uploads) == 2)
        raise error("in the end")

    monkeypatch.setattr(clean_module, "dumps", fail)
    sources = [bucket.put(f"in/{seed}.jsonl", jsonl(seed)) for seed in (1, 2)]
    with pytest.raises(error, match="in the end"):
        clean_dataset(
            sources, f"{bucket.url}/clean/", tmp_dir=tmp_path, stats=f"{bucket.url}/stats.json"
        )
    assert bucket.keys == ["in/1.jsonl", "in/2.jsonl"]
    assert bucket.open_uploads == [] == [*tmp_path.iterdir()]


def test_the_error_of_a_store_that_refuses_an_object_says_which_are_there(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [bucket.put(f"in/{seed}.jsonl", jsonl(seed)) for seed in (1, 2, 3)]
    commit = Upload.commit

    def refuse_third(upload: Upload) -> None:
        if upload.address.name == "3.jsonl":
            wait_until(lambda: len(bucket.keys) == 5)
            raise OutputError("refused")
        commit(upload)

    monkeypatch.setattr(Upload, "commit", refuse_third)
    with pytest.raises(OutputError, match="refused") as caught:
        clean_dataset(sources, f"{bucket.url}/clean/")
    note = f"2 of 3 objects were written, as {bucket.url}/clean/1.jsonl"
    assert caught.value.__notes__ == [note]
    assert objects_in(bucket, "clean/").keys() == {"1.jsonl", "2.jsonl"}
    assert bucket.open_uploads == []


def test_an_object_that_changes_while_it_is_read_is_noticed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = bucket.put("in.jsonl", jsonl(1) * 4)
    monkeypatch.setattr(downloads, "DOWNLOAD_BYTES", SMALL)
    reads, file_type = count(), pytest.importorskip("s3fs").S3File
    read = file_type.read

    def read_and_change(file: Any, size: int = -1) -> Any:  # noqa: ANN401
        if size == SMALL and next(reads) == 1:
            bucket.put("in.jsonl", jsonl(2) * 4)
        return read(file, size)

    monkeypatch.setattr(file_type, "read", read_and_change)
    with pytest.raises(InputError, match=r"in.jsonl:? changed while it was read"):
        clean_dataset(source, f"{bucket.url}/clean.jsonl")
    assert bucket.keys == ["in.jsonl"]


def test_a_text_that_changes_between_two_reads_is_noticed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate(random_texts(5, 3, 40)):
        bucket.put(f"in/{number}.txt", text.encode())

    def change_and_decide(*arguments: Any) -> Decisions:  # noqa: ANN401
        bucket.put("in/3.txt", b"Changed.")
        return decide(*arguments)

    monkeypatch.setattr(clean_module, "decide", change_and_decide)
    with pytest.raises(InputError, match="changed while it was read"):
        clean_dataset(f"{bucket.url}/in", f"{bucket.url}/clean")
    assert objects_in(bucket, "clean/") == {}


ERRORS = [
    ("s3://no-such-bucket/a.jsonl", "no such object, folder or bucket; check the address"),
    ("{bucket}/no.jsonl", "no such object, folder or bucket; check the address"),
    ("{bucket}/*.csv", "no files match '{bucket}/*.csv'"),
    ("{bucket}/no/", "no such object, folder or bucket; check the address"),
    ("{bucket}", "{bucket} has no files"),
    ("odd://bucket/a.jsonl", "fsspec knows no odd:// addresses"),
]


@pytest.mark.parametrize(("address", "reason"), ERRORS)
def test_errors_name_the_address_and_the_remedy(
    bucket: Bucket, folder: Path, run: Run, address: str, reason: str
) -> None:
    address, reason = (text.replace("{bucket}", bucket.url) for text in (address, reason))
    outcome = run(address, "-o", folder / "clean/")
    assert outcome.is_error(address.rstrip("/"), reason)
    assert not (folder / "clean").exists()


def test_a_missing_bucket_is_noticed_before_anything_is_read(
    bucket: Bucket, folder: Path, run: Run
) -> None:
    (folder / "in.jsonl").write_bytes(jsonl(1))
    for missing in ("s3://no-such-bucket/a/clean.jsonl", "s3://no-such-bucket/a/"):
        reason = f"{missing}: no such bucket; check the address"
        assert run("in.jsonl", "-o", missing).is_error(reason)
    missing = "s3://no-such-bucket/removed.jsonl"
    outcome = run("in.jsonl", "-o", "out.jsonl", "--ledger", missing)
    assert outcome.is_error(f"{missing}: no such bucket; check the address")
    assert bucket.keys == []


def test_an_object_does_not_replace_its_input(bucket: Bucket, run: Run) -> None:
    bucket.put("in.txt", ARTICLE)
    for address in (bucket.put("in.jsonl", jsonl(1)), f"{bucket.url}/in.txt"):
        outcome = run(address.replace("s3:", "S3:"), "-o", address)
        assert outcome.is_error(f"{address} is an input; choose another address for the output")
    assert (bucket.get("in.jsonl"), bucket.get("in.txt")) == (jsonl(1), ARTICLE)


def test_schemes_in_capitals_and_names_with_colons(bucket: Bucket, folder: Path, run: Run) -> None:
    address = bucket.put("a::b.jsonl", jsonl(1)).replace("s3:", "S3:")
    (folder / "in.jsonl").write_bytes(jsonl(1))
    for source in (f"{bucket.url}/*.jsonl", address):
        assert run(source, "-o", f"{bucket.url}/c::d.jsonl").code == 0
        assert bucket.get("c::d.jsonl") == run("in.jsonl").out


def test_in_place_is_refused(bucket: Bucket, folder: Path, run: Run) -> None:
    address, text = bucket.put("in.jsonl", jsonl(1)), bucket.put("in.txt", b"One.\n" * 9)
    reason = "--in-place replaces only local files; choose an output with -o"
    assert run("-i", address).is_error(address, reason)
    assert run("-i", text).is_error(text, reason)
    assert run("restore", address, address, "-i").is_error(address)
    assert (bucket.get("in.jsonl"), bucket.keys) == (jsonl(1), ["in.jsonl", "in.txt"])
    local = run(address, "-o", folder / "out.jsonl", "--tmp-dir", bucket.url)
    assert local.is_error("--tmp-dir must be a local folder")
    local = run(address, "-o", folder / "out.jsonl", "--index", f"{bucket.url}/seen.db")
    assert local.is_error("--index must be a file or begin with postgresql://")


def test_the_command_reads_and_writes_texts_and_records(
    bucket: Bucket, folder: Path, run: Run
) -> None:
    bucket.put("a.txt", ARTICLE)
    assert run(f"{bucket.url}/a.txt", "-q").out == CLEAN
    assert run(f"{bucket.url}/a.txt", "-o", f"{bucket.url}/b.txt").code == 0
    assert bucket.get("b.txt") == CLEAN
    (folder / "in.jsonl").write_bytes(jsonl(1))
    bucket.put("in.jsonl.gz", gzip.compress(jsonl(1)))
    local, remote = run("in.jsonl"), run(f"{bucket.url}/in.jsonl.gz")
    assert (local.code, local.out, local.err) == (remote.code, remote.out, remote.err)
    checked = run(f"{bucket.url}/*.gz", "--check", "--quiet")
    assert (checked.code, checked.err) == (1, "")
    assert "72" in run("audit", f"{bucket.url}/in.jsonl.gz").out.decode()
    assert run("in.jsonl", "--index", "seen.db", "-o", "new.jsonl").code == 0
    queried = run("index", "query", "seen.db", f"{bucket.url}/in.jsonl.gz")
    assert b'"input":"s3://' in queried.out


FORBIDDEN = b"<Error><Code>AccessDenied</Code></Error>"


@pytest.fixture
def refusing_server() -> Iterator[str]:
    """Return the address of a server that refuses all requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(FORBIDDEN)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(FORBIDDEN)

        do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815  names of http.server

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as url:
        yield url


def test_errors_of_access_show_no_secrets(
    bucket: Bucket,
    refusing_server: str,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    run: Run,
) -> None:
    import s3fs  # noqa: PLC0415  optional

    (folder / "in.jsonl").write_bytes(jsonl(1))
    remedy = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    s3fs.S3FileSystem.clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", refusing_server)
    outcome = run("s3://bucket/in.jsonl", "-o", "out.jsonl")
    assert outcome.is_error("s3://bucket/in.jsonl", "access denied", remedy)
    outcome = run("in.jsonl", "-o", "s3://bucket/out.jsonl")
    assert outcome.is_error("s3://bucket", "access denied", remedy)
    assert "secret" not in outcome.err
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    assert run("s3://bucket/in.jsonl").is_error(
        "s3://bucket/in.jsonl", "no credentials found", remedy
    )
    s3fs.S3FileSystem.clear_instance_cache()
    assert bucket.keys is not None


def test_files_of_a_web_server(folder: Path, run: Run) -> None:
    pytest.importorskip("aiohttp")
    (folder / "web").mkdir()
    (folder / "web" / "in.jsonl").write_bytes(jsonl(1))
    (folder / "web" / "in.jsonl.gz").write_bytes(gzip.compress(jsonl(1)))
    (folder / "web" / "in.parquet").write_bytes(as_parquet(1))
    with serving(partial(QuietHandler, directory=str(folder / "web"))) as url:
        for name in ("in.jsonl", "in.jsonl.gz", "in.parquet"):
            assert run(f"web/{name}", "-o", name).code == 0
            assert run(f"{url}/{name}?signature=secret", "-o", f"from-{name}").code == 0
            assert (folder / name).read_bytes() == (folder / f"from-{name}").read_bytes()
            assert run("audit", f"{url}/{name}", "--sample", "10").code == 0
        outcome = run(f"{url}/no.jsonl?signature=secret", "-o", "out.jsonl")
        assert outcome.is_error(f"{url}/no.jsonl: no such file; check the address")
        assert "secret" not in outcome.err
        assert run("in.jsonl", "-o", f"{url}/a.jsonl").is_error("http:// can only be read")
    closed = run(f"{url}/in.jsonl", "-o", "out.jsonl")
    assert closed.is_error(f"{url}/in.jsonl: cannot connect")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without printing each request."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: Any) -> Iterator[str]:  # noqa: ANN401
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "http://{}:{}".format(*server.server_address)
        finally:
            server.shutdown()
            thread.join()


def long_records(count: int) -> bytes:
    rng = random.Random(3)
    texts = (" ".join(str(rng.random()) for _ in range(1000)) for _ in range(count))
    return b"".join(orjson.dumps({"text": text}) + b"\n" for text in texts)


def test_outputs_of_many_parts(bucket: Bucket, tmp_path: Path) -> None:
    lines = long_records(1100)
    assert len(lines) > 2 * PART_BYTES
    (tmp_path / "in.jsonl").write_bytes(lines)
    sources: list[str | Path] = [tmp_path / "in.jsonl", bucket.put("in.jsonl", lines)]
    clean_dataset(sources, f"{bucket.url}/both.jsonl", across=False, within=False)
    assert bucket.get("both.jsonl") == lines * 2
    assert bucket.open_uploads == []


def test_an_interrupt_while_parts_are_sent_leaves_no_object_and_no_upload(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.jsonl").write_bytes(long_records(1100))
    submit, numbers = Upload._submit, count()  # noqa: SLF001

    def interrupt(upload: Upload, size: int) -> None:
        if next(numbers) == 2:
            raise KeyboardInterrupt
        submit(upload, size)

    monkeypatch.setattr(Upload, "_submit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        clean_dataset(tmp_path / "in.jsonl", f"{bucket.url}/a.jsonl", across=False, within=False)
    assert next(numbers) >= 3
    assert bucket.keys == bucket.open_uploads == []
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_job_with_a_remote_output_recovers_from_a_killed_one(
    bucket: Bucket, folder: Path, run: Run
) -> None:
    """Its temporary files are in the folder for them, and a second job is refused there."""
    (folder / "in.jsonl").write_bytes(jsonl(1))
    (folder / "tmp").mkdir()
    out = f"{bucket.url}/clean.jsonl"
    arguments = ["in.jsonl", "-o", out, "--tmp-dir", "tmp"]
    job = Job(
        inputs=[Path("in.jsonl")],
        config=Config(),
        options=DatasetOptions(tmp_dir=Path("tmp")),
        output=out,
    )
    with open_workspace(job) as workspace:
        assert workspace.folder.parent == Path("tmp")
        assert run(*arguments).is_error(f"{out}: another run writes the same output")
    workspace.folder.mkdir()
    (workspace.folder / "download-0").write_bytes(b"of a killed job")
    assert run(*arguments).code == 0
    assert [*(folder / "tmp").iterdir()] == []
    assert bucket.keys == ["clean.jsonl"]
