"""The identities of many files are those of each, whatever links, dots and slashes they have."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.errors import OutputError
from dedup.files.address import Address
from dedup.files.location import identities, identity
from dedup.files.targets import refuse_clashes

PARTS = ["a", "b", "link", "dangling", "folder", "loop", "..", ".", "missing"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b/a", "b/b"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "a/b").touch()
    for name, target in (("link", "a/b"), ("dangling", "b/none"), ("folder", "b"), ("loop", ".")):
        (tmp_path / name).symlink_to(target)
        (tmp_path / "b" / name).symlink_to(tmp_path / target)
    return tmp_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "./", "b//", "../"]), st.lists(st.sampled_from(PARTS))),
        max_size=8,
    ),
    st.booleans(),
)
def test_identities_equal_the_identity_of_each(
    place: Path,
    names: list[tuple[str, list[str]]],
    absolute: bool,  # noqa: FBT001
) -> None:
    paths = [start + "/".join(parts) for start, parts in names]
    paths = [f"{place}/{path}" if absolute else path for path in paths]
    expected = [identity(Path(path)) for path in paths]
    assert [*identities(map(Path, paths))] == expected
    assert [*identities(paths)] == expected


def test_addresses_are_among_paths(place: Path) -> None:
    remote = Address("s3://bucket/a/")
    assert [*identities([remote, "a", Path("a")])] == ["s3://bucket/a", *[f"{place}/a"] * 2]


@pytest.mark.usefixtures("place")
def test_a_link_to_an_input_is_no_output() -> None:
    for output in ("link", "loop/link", "b/link", Path("loop/a/b")):
        with pytest.raises(OutputError, match=f"{output} is an input"):
            refuse_clashes(["a/b"], [output])
    with pytest.raises(OutputError, match="loop/b/a: two outputs have this path"):
        refuse_clashes([], ["folder/a", "loop/b/a"])
