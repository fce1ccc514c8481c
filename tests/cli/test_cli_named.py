"""Several texts that are named together: compared with each other, as those of a folder are."""

import json
import random
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.cli.main import main
from tests.command_runner import ARTICLE, CLEAN, Run, listing, preview, workplace
from tests.generated_texts import near_copies
from tests.text_folders import BODY, contents, fill

SHOUTED = ARTICLE.upper()
FILES = {"business/001.txt": ARTICLE, "tech/001.txt": SHOUTED, "tech/002.txt": b"Another story.\n"}
NAMES = [f"bbc/{name}" for name in FILES]
SUMMARY = (
    "kept 2 of 3 documents; removed 1 exact copy; removed 9 repeated paragraphs from 1 document\n"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with workplace(tmp_path, monkeypatch):
        fill(tmp_path / "bbc", FILES)
        yield tmp_path


@pytest.mark.parametrize("inputs", [NAMES, NAMES[::-1], ["bbc/*/*.txt"], ["bbc/"]])
def test_three_spellings_are_one_collection(run: Run, inputs: list[str]) -> None:
    assert run(*inputs, "-o", "x/", "--ledger", "removed") == (0, b"", SUMMARY)
    left = {"business/001.txt": CLEAN, "tech/002.txt": b"Another story.\n"}
    assert contents(Path("x")) == left
    assert run("restore", "removed", "x", "-o", "back", "-q").code == 0
    assert contents(Path("back")) == FILES
    for flag in ("--dry-run", "--check"):
        outcome = run(*inputs, flag)
        assert outcome.code == (flag == "--check")
        assert outcome.err.endswith(preview(SUMMARY))


@pytest.mark.parametrize("preset", ["exact", "code"])
def test_three_spellings_are_one_collection_where_texts_are_compared_whole(
    run: Run, preset: str
) -> None:
    Path("bbc/tech/003.txt").write_bytes(ARTICLE)
    summaries: set[str] = set()
    for inputs in ([*NAMES, "bbc/tech/003.txt"], ["bbc/*/*.txt"], ["bbc/"]):
        for flags in (("-n",), ("--json",), ("-o", f"{preset}{len(summaries)}")):
            outcome = run(*inputs, "--preset", preset, *flags)
            assert outcome.code == 0
            summaries.add(outcome.err if "-o" not in flags else preview(outcome.err))
    assert len(summaries) == 1


def test_files_keep_apart_below_the_folder_that_they_have_in_common(run: Run) -> None:
    assert run("bbc/tech/001.txt", "a.txt", "-o", "x", "--no-across", "-q").code == 0
    assert sorted(contents(Path("x"))) == ["a.txt", "bbc/tech/001.txt"]
    assert run("bbc/tech/001.txt", "bbc/tech/../../a.txt", "-o", "y/z", "--no-across").code == 0
    assert sorted(contents(Path("y/z"))) == ["a.txt", "bbc/tech/001.txt"]
    assert run(*NAMES[1:], "-o", "bbc/out").code == 0  # the next run does not read what is there
    assert sorted(contents(Path("bbc/out"))) == ["001.txt", "002.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("bbc/tech/001.txt bbc/tech/002.txt -o bbc/tech", "001.txt is an input; choose another"),
        ("bbc/tech/*.txt -o bbc/tech", "001.txt is an input; choose another output"),
        ("a.txt none.txt -o x", "none.txt: no such file; check the path"),
        ("a.txt bbc/tech/001.txt -o x --ledger a.txt", "a.txt is an input; choose another output"),
        (
            "a.txt bbc/tech/001.txt -o x --annotate",
            "--annotate has no effect on texts: files",
        ),
        ("a.txt bbc/tech/001.txt --no-across", "--no-across has no effect on a text that"),
    ],
)
def test_errors_change_nothing(run: Run, folder: Path, arguments: str, said: str) -> None:
    before = contents(folder)
    assert run(*arguments.split()).is_error(said)
    assert contents(folder) == before


def test_to_standard_output_each_is_cleaned_by_itself(run: Run) -> None:
    assert run(*NAMES, "-q").out == CLEAN + CLEAN.upper() + b"Another story.\n"


@pytest.mark.parametrize("inputs", [NAMES, ["bbc"], ["bbc/**/*.txt"]])
def test_in_place_cleans_each_file_alone(run: Run, inputs: list[str]) -> None:
    code, out, err = run("--in-place", "--ledger", "removed", *inputs)
    assert (code, out) == (0, b"")
    assert [line.partition(": lines")[0] for line in err.splitlines()] == [
        "bbc/business/001.txt: removed 9 of 20 paragraphs, 1,457 of 3,091 characters",
        "bbc/tech/001.txt: removed 9 of 20 paragraphs, 1,457 of 3,091 characters",
        "bbc/tech/002.txt: nothing repeats in 1 sentence, 15 characters",
    ]
    cleaned = {"business/001.txt": CLEAN, "tech/001.txt": CLEAN.upper()}
    backups = {f"{name}.bak": FILES[name] for name in cleaned}
    assert contents(Path("bbc")) == FILES | cleaned | backups
    # What a folder has is what it had: its backups are not cleaned themselves.
    if inputs == ["bbc"]:
        assert run("--in-place", "bbc", "-q").code == 0
        assert contents(Path("bbc")) == FILES | cleaned | backups
    assert run("restore", "-qi", "removed", *NAMES[:2], "--backup-suffix", "").code == 0
    assert contents(Path("bbc")) == FILES | backups


def test_in_place_compares_no_texts_with_each_other(run: Run) -> None:
    said = "--no-across has no effect on a text that is cleaned by itself"
    assert run("-i", *NAMES, "--no-across").is_error(said)


def test_hooks_look_at_each_file_alone_however_many_there_are(run: Run) -> None:
    hooks = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text().splitlines()
    entries = [
        shlex.split(line.partition(": ")[2], comments=True) for line in hooks if "entry" in line
    ]
    assert len(entries) == 2
    Path("b.txt").write_bytes(CLEAN)
    Path("c.txt").write_bytes(CLEAN)
    for _, *flags in entries:
        assert run(*flags, "b.txt", "c.txt").code == 0
        assert run(*flags, "b.txt").code == 0
        assert run(*flags, "a.txt").code == ("--check" in flags)
        assert "copy" not in run(*flags, "b.txt", "c.txt").err


def test_json_is_one_report_and_in_place_a_line_a_file(run: Run) -> None:
    report = json.loads(run("--json", "-q", *NAMES).out)
    assert report == json.loads(run("--json", "-q", "bbc").out)
    assert [copy["of_record"] for copy in report["copies"]] == ["business/001.txt"]
    outcome = run("--json", "-q", "-i", *NAMES)
    reports = [json.loads(line) for line in outcome.out.splitlines()]
    assert [report["document"] for report in reports] == NAMES
    assert [report["removed_blocks"] for report in reports] == [9, 9, 0]


def test_a_dry_run_lists_the_copies(run: Run, folder: Path) -> None:
    before = contents(folder)
    assert run("-n", *NAMES) == run("-n", "bbc")
    assert run("-n", *NAMES).out.decode().count("│ exact │      1.000 │") == 1
    assert contents(folder) == before
    said = preview("kept 2 of 3 documents; removed 1 exact")
    assert run("-n", "--spans", *NAMES).err.startswith(said)
    assert run("-n", "--blocks", *NAMES).err.startswith(said)


STEMS = st.lists(
    st.sampled_from(["a", "B", "b", "c-2", "c1", "é", "z.y"]), min_size=1, max_size=7, unique=True
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(near_copies(words=30).map("\n".join), min_size=7, max_size=7),
    STEMS,
    st.sampled_from(["auto", "first", "last"]),
    st.randoms(use_true_random=False),
)
def test_names_pattern_and_folder_give_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    stems: list[str],
    keep: str,
    rng: random.Random,
) -> None:
    folder = tmp_path_factory.mktemp("spellings")
    texts = [*texts, BODY]
    files = {f"{stem}.txt": text.encode() for stem, text in zip(stems, texts, strict=False)}
    many = fill(folder / "many", {**files, "sure.txt": b"sure"})
    names = [str(path) for path in many.iterdir()]
    rng.shuffle(names)
    spellings = {"names": names, "pattern": [f"{many}/*.txt"], "folder": [f"{many}/"]}
    given = ["--min-tokens", "6", "--keep", keep]
    for name, inputs in spellings.items():
        assert main([*inputs, *given, "-q", "-o", f"{folder}/{name}/"]) == 0
    left = contents(folder / "folder")
    assert contents(folder / "names") == contents(folder / "pattern") == left
    # In place all stay, cleaned as they are there.
    shutil.copytree(many, folder / "own")
    inputs = [name.replace("/many/", "/own/") for name in names]
    assert main(["-i", *inputs, "--min-tokens", "6", "--backup-suffix", "", "-q"]) == 0
    cleaned = {name: data for name, data in listing(folder / "own").items() if name in left}
    assert cleaned == left


def test_a_link_to_a_text_of_the_same_folder_is_left_alone_in_place(run: Run, folder: Path) -> None:
    (folder / "both").mkdir()
    shutil.copy(folder / "a.txt", folder / "both/a.txt")
    (folder / "both/link.txt").symlink_to("a.txt")
    text = (folder / "both/a.txt").read_bytes()
    outcome = run("-i", "both/a.txt", "both/link.txt")
    assert outcome.is_error("--in-place: a file is named twice, maybe by a link; leave one out")
    assert run("-i", "both", "--ledger", "removed").code == 0
    assert (folder / "both/link.txt").readlink() == Path("a.txt")
    assert (folder / "both/a.txt").read_bytes() != text
    assert run("restore", "removed", "-i", "both", "--backup-suffix", "").code == 0
    assert (folder / "both/a.txt").read_bytes() == text


def test_an_empty_file_among_texts_is_one_whatever_its_name(run: Run, folder: Path) -> None:
    (folder / "texts").mkdir()
    shutil.copy(folder / "a.txt", folder / "texts")
    (folder / "texts/empty.csv").touch()
    assert run("texts", "-o", "out").code == 0
    assert (folder / "out/empty.csv").read_bytes() == b""
    (folder / "texts/empty.csv").write_bytes(b"text\none\n")
    assert run("texts", "-o", "again").is_error("different formats, csv (texts/empty.csv), text")
