"""The least that cleaning JSON lines takes: its parts, with nothing decided and nothing removed.

On all cores: the lines are parsed, their texts written to a file and hashed into sketches by the
kernels that `clean_dataset` uses; then the file is copied and brought to the disk. No record is
compared, cut or changed, so what comes out is of no use: it is a floor.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from dedup import Config
from dedup.arrays.packed import pack
from dedup.datasets.formats.record_format import BATCH_BYTES
from dedup.datasets.read_inputs import ahead
from dedup.documents.clean import self_repeating
from dedup.matching.deduplicate import sampling_for


def bare(path: Path, *, within: bool) -> int:
    """Do the parts on a file of JSON lines; return how many records it has.

    Parameters
    ----------
    within
        Whether to look for texts that repeat themselves, too.
    """
    spool, copy = path.with_name("bare.spool"), path.with_name("bare.copy")
    with spool.open("wb", buffering=0) as file:

        def work(lines: bytes) -> int:
            return _part(lines, file.fileno(), within=within)

        count = sum(ahead(_lines(path), work, None))
    with path.open("rb") as read, copy.open("wb", buffering=0) as written:
        while data := read.read(BATCH_BYTES):
            written.write(data)
        os.fsync(written.fileno())
    spool.unlink()
    copy.unlink()
    return count


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(BATCH_BYTES):
            yield data + file.readline()


def _part(lines: bytes, spool: int, *, within: bool) -> int:
    packed = pack([orjson.loads(line).get("text") for line in lines.splitlines()])
    os.write(spool, packed.utf8.data)
    config, count = Config(), len(packed)
    sample = sampling_for(config)
    if sample is not None:
        sample(packed.utf8, packed.offsets)
    if within:
        self_repeating(packed.utf8, packed.offsets, config)
    return count
