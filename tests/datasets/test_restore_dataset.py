"""Output and ledger restore the inputs, byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import Config, clean_dataset, restore_dataset
from tests.generated_texts import near_copies

GOOD = near_copies(words=30).map("\n".join).map(lambda text: json.dumps({"text": text}).encode())
BAD = st.sampled_from([b"{oops", b'{"text": 7}', b"\xff\xfe", b'{"text": "\xe9"}'])
LINE = st.one_of(GOOD, GOOD, GOOD, st.just(b'{"n": 1}'), BAD)
ENDS = st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n \n"])
FIRST = b'{"text": null}\n'
INPUT = st.builds(
    lambda mark, lines, last: mark + FIRST + b"".join(line + end for line, end in lines) + last,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINE, ENDS), max_size=5),
    st.one_of(st.just(b""), GOOD),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(INPUT, min_size=1, max_size=4),
    st.sampled_from([None, 1, 150]),
    st.sampled_from([30, 1 << 21]),
    st.sampled_from(["one file", "folder"]),
    st.sampled_from(["", ".zst", ".gz"]),
)
def test_the_inputs_come_back(  # noqa: PLR0913, PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    inputs: list[bytes],
    shard_size: int | None,
    size: int,
    where: str,
    ending: str,
) -> None:
    folder = tmp_path_factory.mktemp("restore")
    names = [f"in{number}.jsonl" for number in range(len(inputs))]
    for name, data in zip(names, inputs, strict=True):
        (folder / name).write_bytes(data)
    sources, ledger = [folder / name for name in names], folder / "ledger.zst"
    target = f"{folder}/out/" if where == "folder" else f"{folder}/out.jsonl{ending}"
    (folder / "out").mkdir()
    options: dict[str, Any] = {"on_error": "skip", "shard_size": shard_size}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dedup.datasets.formats.jsonl.READ_BYTES", size)
        config = Config(min_tokens=6)
        report = clean_dataset(sources, target, config, ledger=ledger, **options)
    outputs = [path for path in folder.rglob("*") if path.is_file()]
    outputs = [path for path in outputs if path not in [*sources, ledger]]
    for path in sources:
        path.rename(path.with_suffix(".was"))
    back = f"{folder}/back.jsonl" if len(names) == 1 else f"{folder}/back/"
    found = restore_dataset(ledger, sorted(outputs, reverse=True), back)
    assert [path.read_bytes() for path in found] == [
        path.with_suffix(".was").read_bytes() for path in sources
    ]
    assert report.documents == report.kept + report.removed_exact + report.removed_near + report.bad
