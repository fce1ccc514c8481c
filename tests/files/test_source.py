import gzip
import io
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.files.compression import Compression, open_compressed
from dedup.files.source import Source


@pytest.mark.parametrize("compression", get_args(Compression))
@given(data=st.lists(st.sampled_from([b"a", b"bcd", b"\n", b"\r\n", b"\0" * 40])).map(b"".join))
def test_lines_are_read_whole(
    tmp_path_factory: pytest.TempPathFactory, compression: Compression, data: bytes
) -> None:
    buffer = io.BytesIO()
    with open_compressed(buffer, compression, "wb") as file:
        file.write(data)
        if file is not buffer:
            file.close()
        stored = buffer.getvalue()
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_bytes(stored)
    with Source(path) as source:
        pieces = [*iter(lambda: source.read(7, to_line_end=True), b"")]
        assert source.state.bytes == source.offset == len(data)
    assert b"".join(pieces) == data
    assert all(piece.endswith(b"\n") and len(piece) >= 7 for piece in pieces[:-1])


def test_the_bytes_read_are_copied(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(gzip.compress(b"one\ntwo\nthree"))
    copy = io.BytesIO()
    with Source(tmp_path / "file", copy) as source:
        assert [
            source.read(1, to_line_end=True),
            source.read(5),
            source.read(99, to_line_end=True),
        ] == [
            b"one\n",
            b"two\nt",
            b"hree",
        ]
    assert copy.getvalue() == b"one\ntwo\nthree"
