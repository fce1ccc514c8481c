"""An audit of files: texts without frames, and the field of sources that it proposes."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup import ConfigError, InputError
from dedup.datasets.audit_files import audit_files
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.inputs import find_inputs
from dedup.datasets.url_field import UrlField, find_url_field
from tests.warc_records import warc_record

LINKS = " ".join(f"link{number}" for number in range(40))
MENU = f"Home\nNews | Sport | Weather\nLinks: {LINKS}\n"
COUNT = 40


def story(number: int) -> str:
    lines = ([f"n{number}{line}x{word}" for word in range(8)] for line in range(5))
    return "".join(" ".join(words) + ".\n" for words in lines)


PAGES = [MENU + story(number) for number in range(COUNT)]
URLS = [f"https://{'ab'[number % 2]}.org/{number}" for number in range(COUNT)]


@pytest.fixture(autouse=True)
def few_planted_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.auditing.planted_edits.MAX_PLANTED_TEXTS", 4)


def write(path: Path, key: str, sources: Sequence[Any], texts: Sequence[str] = PAGES) -> Path:
    """Write JSON lines; a name with a dot is a nested field."""
    outer, _, inner = key.partition(".")
    path.write_text(
        "".join(
            json.dumps({"text": text, outer: {inner: source} if inner else source}) + "\n"
            for source, text in zip(sources, texts, strict=True)
        )
    )
    return path


def found_field(path: Path, config: dedup.Config | None = None) -> UrlField | None:
    found = find_inputs([path], None)
    return find_url_field(found, DatasetOptions(format=found.format), config or dedup.Config())


@pytest.mark.parametrize("key", ["url", "link", "source_url", "metadata.url"])
def test_fields_of_records(tmp_path: Path, key: str) -> None:
    field = found_field(write(tmp_path / "pages.jsonl", key, URLS))
    assert field is not None and (field.name, field.records) == (key, COUNT)
    share = dedup.deduplicate(PAGES, source=URLS).frames
    assert share is not None and field.frame_share == share.byte_share > 0.3


def test_formats(tmp_path: Path) -> None:
    table, archive = tmp_path / "pages.csv", tmp_path / "pages.warc"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["uri", "text"], *zip(URLS, PAGES, strict=True)])
    records = [
        warc_record(text, WARC_Target_URI=url) for url, text in zip(URLS, PAGES, strict=True)
    ]
    archive.write_bytes(b"".join(records))
    for path, name in ((table, "uri"), (archive, "WARC-Target-URI")):
        field = found_field(path)
        assert field is not None and field.name == name and field.has_frames


@pytest.mark.parametrize(
    ("key", "sources"),
    [
        ("page", URLS),  # no usual name
        ("url", [f"https://{number}.org/x" for number in range(COUNT)]),  # a page of each site
        ("url", ["https://a.org"] * COUNT),  # sites without pages
        ("url", [None] * COUNT),
        ("url", range(COUNT)),
        ("url", [*URLS[1:], True]),
    ],
)
def test_no_field(tmp_path: Path, key: str, sources: Sequence[Any]) -> None:
    path = write(tmp_path / "pages.jsonl", key, sources)
    assert found_field(path) is None
    assert "source-key" not in str(audit_files(path, "web"))


def test_texts_and_settings_without_sources(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", "url", URLS)
    assert found_field(path, dedup.Config.preset("exact")) is None
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "a.txt").write_text("A text.")
    assert found_field(tmp_path / "crawl") is None
    with pytest.raises(ConfigError, match="source has no effect on texts: files of text have no"):
        audit_files(tmp_path / "crawl", source="url")
    with pytest.raises(ConfigError, match="unit must be word or char for source"):
        audit_files(path, "exact", source="url")
    with pytest.raises(InputError, match=r'has no field "page" .* choose one with source='):
        audit_files(path, source="page")


@pytest.mark.parametrize(("config", "texts"), [("news", PAGES), ("web", PAGES), ("web", None)])
def test_the_field_is_proposed(tmp_path: Path, config: Any, texts: list[str] | None) -> None:  # noqa: ANN401
    """With the preset for whole pages always, and else where much of the text is frame."""
    without_menus = [*map(story, range(COUNT))]
    path = write(tmp_path / "pages.jsonl", "url", URLS, texts or without_menus)
    proposal = audit_files(path, config).proposal
    assert proposal.command.endswith(" --source-key url FILE") and proposal.source == "url"
    reason = "in lines that several pages of a site have" if texts else "whose menus and footers"
    assert reason in proposal.source_reason
    shown = " ".join(str(audit_files(path, config)).split())
    assert f"Compare without page frames (--source-key url), because {proposal.source_reason}." in (
        shown
    )
    write(path, "url", URLS, without_menus)
    assert audit_files(path).proposal.source is None


def test_texts_are_compared_without_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", "site", URLS)
    plain, audit = audit_files(path, "web"), audit_files(path, "web", source="site")
    assert plain.settings[0].similar == 1 and not audit.settings[0].similar
    assert audit.kept == COUNT and plain.frames is None
    assert audit.proposal.command.endswith("--source-key site FILE")
    assert not audit.proposal.source_reason
    expected = dedup.deduplicate(PAGES, "web", source=URLS).frames
    assert expected is not None and audit.frames == expected.summary()
    shown = " ".join(str(audit).split())
    assert (
        'on the most pages: "Home" (a.org), "News | Sport | Weather" (a.org), "Links: link0'
        in shown
    )
    page = audit.report()
    assert "Page frames, not compared" in page and '<td dir="auto">News | Sport' in page


def test_the_sources_of_a_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", "url", URLS)
    by_files = audit_files(path, "web", source="url", sample=20).to_dict()
    by_texts = dedup.audit(PAGES, "web", source=URLS, sample=20).to_dict()
    for numbers in (by_files, by_texts):
        del numbers["cost"], numbers["proposal"]
    assert by_files == by_texts and by_texts["frames"]["lines"] == 6
    with pytest.raises(ConfigError, match="source must have a value for each text, 40, got 39"):
        dedup.audit(PAGES, source=URLS[1:])
