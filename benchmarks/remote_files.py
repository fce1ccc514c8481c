"""Cleaning objects of S3 beside local files: ``python -m benchmarks.remote_files``.

A server with the protocol of S3 (moto) runs on loopback, in a process of its own. The script
compares the outputs byte for byte, and prints two tables:

- whole processes: the command on local files and on objects, and a copy of the same bytes to the
  server and back;
- a slow server: the job as it is, which requests each object once, and the same job when it reads
  each object twice.
"""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import click
import orjson
from s3fs import S3FileSystem

from benchmarks.check_output import WrongResultError
from benchmarks.generated_texts import iter_dump
from benchmarks.peers.launch import Cost, run_measured
from benchmarks.tables import render
from dedup import clean_dataset

COMMAND = str(Path(sys.executable).with_name("dedup-clean"))
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
RECORD_BYTES = 2_770  # of a generated article, about
START_SECONDS = 60
COPY = """import sys; from s3fs import S3FileSystem
fs = S3FileSystem(); fs.get("{bucket}/in/", sys.argv[1] + "/", recursive=True)
fs.put(sys.argv[1] + "/", "{bucket}/copy/", recursive=True)"""
BUCKET = "benchmark"


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a server in a process of its own; yield its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    log = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until = time.monotonic() + START_SECONDS
            while time.monotonic() < until:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def write_objects(folder: Path, megabytes: int, count: int) -> int:
    """Write generated articles as files of JSON lines; return the number of bytes."""
    folder.mkdir()
    records = megabytes * 1_000_000 // RECORD_BYTES
    size = row = 0
    for batch in iter_dump(records):
        for text in batch.texts:
            path = folder / f"{row * count // records:03}.jsonl"
            if row * count % records < count:
                file = path.open("wb")
            size += file.write(orjson.dumps({"id": row, "text": text}) + b"\n")
            row += 1
    return size


def digests(paths: dict[str, Any], open_file: Any) -> dict[str, str]:  # noqa: ANN401
    found = {}
    for name, path in paths.items():
        with open_file(path) as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def check_equal(folder: Path, fs: S3FileSystem) -> None:
    """Raise an error unless the objects are the local outputs."""
    local = digests({path.name: path for path in folder.iterdir()}, partial(Path.open, mode="rb"))
    remote = digests({Path(path).name: path for path in fs.ls(f"{BUCKET}/clean")}, fs.open)
    if not local or local != remote:
        raise WrongResultError("the objects differ from the local outputs")


def process_rows(folder: Path, fs: S3FileSystem, size: int, options: list[str]) -> list[list[str]]:
    """Clean local files and objects in processes, and copy the objects to and fro."""
    (folder / "copy").mkdir()
    options = [*options, "--quiet"]
    processes = {
        "local files": [COMMAND, f"{folder}/in/", "-o", f"{folder}/clean/", *options],
        "objects": [
            *(COMMAND, f"s3://{BUCKET}/in/", "-o", f"s3://{BUCKET}/clean/", *options),
            *("--tmp-dir", str(folder)),
        ],
        "copy there and back (s3fs)": [
            *(sys.executable, "-c", COPY.format(bucket=BUCKET), f"{folder}/copy"),
        ],
    }
    rows = []
    for name, command in processes.items():
        cost = run_measured(command, folder / "log")
        if (folder / "log").stat().st_size:
            raise WrongResultError((folder / "log").read_text())
        rows.append(row_of(name, cost, size))
        print(*rows[-1], sep="; ", flush=True)
    check_equal(folder / "clean", fs)
    if found := fs.call_s3("list_multipart_uploads", Bucket=BUCKET).get("Uploads"):
        raise WrongResultError(f"uploads stayed open: {found}")
    return rows


def row_of(name: str, cost: Cost, size: int) -> list[str]:
    rate = f"{size / cost.wall / 1e6:.0f}"
    return [name, rate, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak_mb:,.0f}"]


class SlowHandler(SimpleHTTPRequestHandler):
    """Sends files at a limited rate."""

    rate = 50_000_000  # bytes a second, of each connection

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        begun, sent = time.monotonic(), 0
        with suppress(ConnectionError):  # of a client that reads only the beginning
            while data := source.read(1 << 18):
                outputfile.write(data)
                sent += len(data)
                time.sleep(max(begun + sent / self.rate - time.monotonic(), 0))

    def log_message(self, *_: object) -> None:
        pass


def slow_rows(folder: Path) -> list[list[str]]:
    """Clean files of a slow server that are read once, and twice."""
    module = import_module("dedup.datasets.clean_dataset")
    handler = partial(SlowHandler, directory=str(folder / "in"))
    rows = []
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = "http://{}:{}".format(*server.server_address)
        names = sorted(path.name for path in (folder / "in").iterdir())
        copies = module.local_copies
        for count in (1, 4):
            urls = [f"{address}/{name}" for name in names[:count]]
            size = sum((folder / "in" / name).stat().st_size for name in names[:count])
            for way, copier in (("once", copies), ("twice", lambda *_: nullcontext())):
                vars(module)["local_copies"] = copier
                begun = time.monotonic()
                clean_dataset(urls, folder / f"{way}.jsonl")
                seconds = time.monotonic() - begun
                rows.append([f"{count} of {size / count / 1e6:.0f} MB", way, f"{seconds:.1f}"])
            vars(module)["local_copies"] = copies
            if (folder / "once.jsonl").read_bytes() != (folder / "twice.jsonl").read_bytes():
                raise WrongResultError("the outputs differ")
        server.shutdown()
    return rows


@click.command(help=__doc__)
@click.option("--megabytes", default=2000, show_default=True)
@click.option("--objects", default=20, show_default=True)
@click.option("--memory", default="", help="Limit of memory, as in 600MB")
def main(megabytes: int, objects: int, memory: str) -> None:
    with tempfile.TemporaryDirectory() as place, s3_server() as url, environment(url):
        folder = Path(place)
        size = write_objects(folder / "in", megabytes, objects)
        fs = S3FileSystem(use_listings_cache=False)
        fs.mkdir(BUCKET)
        fs.put(f"{folder}/in/", f"{BUCKET}/in/", recursive=True)
        rows = process_rows(folder, fs, size, ["--memory", memory] if memory else [])
        title = f"{objects} files, {size / 1e6:,.0f} MB of JSON lines"
        render(title, ("process", "MB a second", "wall s", "CPU s", "peak MB"), rows)
        rate = SlowHandler.rate // 1_000_000
        title = f"A server that sends {rate} MB a second to each connection"
        render(title, ("files", "each is requested", "wall s"), slow_rows(folder))


@contextmanager
def environment(url: str) -> Iterator[None]:
    """Set the variables with which s3fs finds the server, also in child processes."""
    before = {**os.environ}
    os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=url, AWS_DEFAULT_REGION="us-east-1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    main()
