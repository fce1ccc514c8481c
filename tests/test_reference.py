"""The tables of ``docs/reference`` agree with the code: settings, file formats, environment."""

import ast
import collections.abc
import json
import os
import re
import sys
import typing
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import numpy as np
import pytest

import dedup
import dedup.adapters.tables  # defines types
from dedup.boilerplate.patterns import Pattern
from dedup.cli.main import group, main
from dedup.config import PRESETS, Config
from dedup.datasets.dataset_report import DatasetReport
from dedup.datasets.formats.detect import FORMATS
from dedup.datasets.formats.record_format import ANNOTATION_FIELDS
from dedup.files.address import Address
from dedup.files.compression import COMPRESSION_ENDINGS, compression_from_name
from dedup.ledger.record_removals import RecordRemoval, RemovalKind, RemovalOption
from dedup.ledger.removals import Removal
from dedup.matching.decisions import Judgement
from dedup.reports.json_report import report_of
from dedup.spans.find_spans import SpanCleanedText

ROOT = Path(__file__).parents[1]
ARTICLE = (ROOT / "examples" / "article.txt").read_text(encoding="utf-8")
Row = list[str]


def tables_of(page: str, heading: str) -> list[list[Row]]:
    """Return the tables below a heading, each as a list of rows of cells, the header first."""
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    [section] = re.findall(rf"^#+ {heading}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    tables = [[cells(line) for line in table.splitlines()] for table in found]
    return [[header, *rows] for header, _, *rows in tables]


def cells(line: str) -> Row:
    return [cell.strip() for cell in line.strip("|").split("|")]


def names_in(*texts: str) -> list[str]:
    """Return what is written as code."""
    return [name for text in texts for name in re.findall(r"`([^`]+)`", text)]


def first_column(page: str, heading: str) -> list[str]:
    return [
        name for table in tables_of(page, heading) for row in table[1:] for name in names_in(row[0])
    ]


def test_every_setting_has_its_type_default_and_values() -> None:
    [[_, *rows]] = tables_of("settings.md", "All settings")
    hints = get_type_hints(Config)
    assert [names_in(row[0]) for row in rows] == [[field.name] for field in fields(Config)]
    for (_, kind, default, values), field in zip(rows, fields(Config), strict=True):
        choices = get_args(hints[field.name])
        assert names_in(kind) == ["str" if choices else hints[field.name].__name__]
        assert json.loads(names_in(default)[0]) == field.default
        if choices:
            assert names_in(values) == [*choices]
        else:  # the message has the same words
            with pytest.raises(
                dedup.ConfigError, match=re.escape(f"{field.name} must be {values}")
            ):
                Config.of(None, {field.name: -1})


def test_every_preset_has_its_values() -> None:
    [[header, *rows]] = tables_of("settings.md", "Presets")
    assert names_in(*header) == [*PRESETS]
    shown: dict[str, dict[str, str]] = {name: {} for name in PRESETS}
    for setting, *values in rows:
        for preset, value in zip(PRESETS, values, strict=True):
            if value:
                shown[preset][names_in(setting)[0]] = names_in(value)[0]
    assert shown == {
        preset: {name: str(value) for name, value in values.items()}
        for preset, values in PRESETS.items()
    }


NOTICE = (
    "The harbour board declared a dividend of {} cents a share to those who hold one at the close "
    "of business, and said that it expects to keep to this policy as long as trade goes on."
)
SAILING = (
    "The first ferry to Vey sails at six, and the school band will play on the quay at noon{}. The "
    "harbour master asks all owners to move their boats by Friday, since the pier will be painted."
)
FOOTER = (
    "Sign up for our letter, which comes every Friday with the news of the week and costs {} at "
    "all. Write to the desk on the quay, or come by on any day but Sunday, and ask for the one who "
    "keeps the list."
)
TICKETS = (
    "Tickets cost what they did last year. Children under seven travel free, dogs do not, and who "
    "misses the last ferry may sleep in the chapel."
)
TEXTS = [
    f"{ARTICLE}\n{FOOTER.format('nothing')}",
    f"{ARTICLE[:1600]}\n{FOOTER.format('little')}",
    *(f"{NOTICE.format(cents)}\n{FOOTER.format('nothing')}" for cents in (12, 15)),
    f"{TICKETS}\n{FOOTER.format('nothing').replace('letter', 'lettcr').replace('day', 'dav')}",
    SAILING.format(""),
    SAILING.format(", weather and the tide of the day permitting"),
    SAILING.format("").replace("school", "schol").replace("owners", "ovvners"),
]
# Two pages of one site: short lines that both have, around different texts.
FRAME = "".join(f"Boats of class {name}\n" for name in range(100, 160))
TEXTS += [f"{ARTICLE[:300]}\n{FRAME}", f"{SAILING.format('')}\n{FRAME}"]
LINES = [TEXTS[6], TEXTS[5], "No dogs.", TEXTS[7], NOTICE.format(12), "No dogs.", NOTICE.format(15)]
WITHIN = "\n".join([*LINES, "No dogs."])


def added(texts: list[str], config: Config) -> list[object]:
    matches = dedup.Index(config=config).add(texts, ids=range(len(texts)))
    return [matches.witness, matches.similarity.tolist(), matches.numeric_variant]


def decided(texts: list[str], config: Config) -> list[object]:
    result = dedup.deduplicate(texts, config)
    return [result.witness.tolist(), result.similarity.tolist(), result.numeric_variant.tolist()]


def paired(texts: list[str], config: Config) -> list[object]:
    pairs = dedup.near_duplicates(texts, config)
    return [[*pairs], pairs.numeric_variant.tolist()]


FUNCTIONS: dict[str, Callable[[Config], object]] = {
    "clean": lambda config: dedup.clean(WITHIN, config).text,
    "deduplicate": lambda config: decided(TEXTS, config),
    "near_duplicates": lambda config: paired(TEXTS, config),
    "Index": lambda config: added(TEXTS, config),
    "deduplicate_blocks": lambda config: [*dedup.deduplicate_blocks(TEXTS, config, min_df=2).texts],
    "find_spans": lambda config: [*dedup.find_spans(TEXTS, config, min_span=12).texts],
    "similarity": lambda config: dedup.similarity(TEXTS[5], TEXTS[6], config),
}
OTHER_VALUES: dict[str, list[Any]] = {
    "measure": ["jaccard"],
    "threshold": [0.3, 1.0],
    "unit": ["char"],
    "ngram_size": [2, 12],
    "num_perm": [1],
    "recall": [0.5],
    "seed": [7],
    "split_by": ["paragraph", "sentence"],
    "keep": ["first", "last"],
    "min_tokens": [2, 500],
    "numeric_variants": ["remove"],
    "page_variants": ["keep"],
    "block_threshold": [1.0],
}
EFFECTS = [
    (names_in(function)[0], setting, effect)
    for header, *rows in tables_of("settings.md", "Where a setting has an effect")
    for row in rows
    for setting in names_in(row[0])
    for function, effect in zip(header[1:], row[1:], strict=True)
]


def test_the_effect_of_every_setting_is_listed() -> None:
    assert {function for function, _, _ in EFFECTS} == FUNCTIONS.keys()
    assert {setting for _, setting, _ in EFFECTS} == {field.name for field in fields(Config)}
    assert {effect for _, _, effect in EFFECTS} == {
        *("yes", "no", "refused", "`jaccard`", "hashes", "long texts")
    }


@pytest.mark.parametrize(("function", "setting", "effect"), EFFECTS)
def test_a_setting_has_an_effect_where_the_page_says_so(
    function: str, setting: str, effect: str
) -> None:
    decide = FUNCTIONS[function]
    others = [Config(**{setting: value}) for value in OTHER_VALUES[setting]]
    if effect == "refused":
        with pytest.raises(dedup.ConfigError):
            decide(others[-1])
        return
    # Signatures and hashes change a result only where they miss a pair.
    assert any(decide(other) != decide(Config()) for other in others) == (effect == "yes")


def test_the_types_in_signatures_are_those_of_the_code() -> None:
    page = (ROOT / "docs/reference/api/types.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. py:type:: (\w+)\n   :canonical: (.+)$", page, re.MULTILINE)
    modules = [vars(module) for name, module in sys.modules.items() if name.startswith("dedup.")]
    names = vars(typing) | vars(collections.abc) | {"numpy": np, "os": os, "re": re}
    names |= {"Address": Address, "Path": Path, "timedelta": timedelta, "Index": dedup.Index}
    defined = {name: [module[name] for module in modules if name in module] for name, _ in listed}
    names |= {"Config": Config} | {name: kinds[0] for name, kinds in defined.items()}
    for name, definition in listed:
        expected = eval(definition, names)  # noqa: S307  of our own page
        assert all(expected in {kind, get_origin(kind)} for kind in defined[name]), name
    assert len(listed) > 20


def test_the_commands_have_options_for_the_settings() -> None:
    context = click.Context(group)
    options = {
        name: {
            param.name
            for command in [group.get_command(context, name)]
            if command
            for param in command.params
        }
        for name in ("clean", "review", "audit")
    }
    settings = {field.name for field in fields(Config)}
    assert options["clean"] >= settings
    assert options["review"] >= settings
    assert settings - options["audit"] == {"split_by", "min_tokens", "block_threshold"}


def test_every_format_and_compression_is_listed() -> None:
    [[_, *rows]] = tables_of("formats.md", "Inputs and outputs")
    for (form, (_, endings, magic)), row in zip(FORMATS.items(), rows, strict=True):
        assert names_in(row[0]) == [form]
        assert names_in(row[2]) == [*endings]
        assert magic.decode() in row[3]
    [[_, *rows]] = tables_of("formats.md", "Compression")
    listed = {ending: name for name, endings, _ in rows for ending in names_in(endings)}
    assert listed == COMPRESSION_ENDINGS
    assert all(compression_from_name(Path(f"a{ending}")) == listed[ending] for ending in listed)
    [[_, *formats], [_, *rows]] = tables_of("formats.md", "What stays, and what restores it")
    assert [names_in(row[0]) for row in rows] == [[name] for name in ANNOTATION_FIELDS]
    restorable = {form: row[-1] == "yes" for row in formats for form in names_in(row[0])}
    assert restorable == {form: form not in {"parquet", "arrow"} for form in FORMATS}


def test_every_field_and_kind_of_a_ledger_of_records_is_listed(tmp_path: Path) -> None:
    listed = {
        name
        for table in tables_of("formats.md", "The ledger of records")
        for row in table
        for name in names_in(*row)
    }
    texts = [ARTICLE[:300], "Tea was cheap.", ARTICLE, ARTICLE.upper(), 4]
    source, ledger = tmp_path / "news.json", tmp_path / "removed.jsonl"
    source.write_text(json.dumps([{"text": text} for text in texts]), encoding="utf-8")
    dedup.clean_dataset(
        source, tmp_path / "clean.json", ledger=ledger, on_error="skip", keep="last"
    )
    lines = [*map(json.loads, ledger.read_text(encoding="utf-8").splitlines())]
    assert {line["kind"] for line in lines if "kind" in line} == {"exact", "near", "bad"}
    assert any("patch" in line for line in lines)
    assert any("written" in line and "raw" in line for line in lines)
    names = {*RecordRemoval.__dataclass_fields__, *chain(*lines, *lines[0]["inputs"])}
    assert listed >= names | {*get_args(RemovalKind)} | {*get_args(RemovalOption)}


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("The ledger of a text", {*Removal.__dataclass_fields__}),
        ("The counts of a run", {*DatasetReport.__dataclass_fields__}),
        ("The report on a text", {*report_of(dedup.clean(ARTICLE))}),
        ("Recurring paragraphs", {*Pattern.__dataclass_fields__} - {"rows"} | {"records"}),
        ("Decisions files", {*Judgement.__dataclass_fields__}),
    ],
)
def test_every_field_of_a_file_is_listed(heading: str, names: set[str]) -> None:
    listed = first_column("formats.md", heading)
    assert len(listed) == len({*listed})
    assert {*listed} == names


def test_every_field_of_a_report_on_spans_is_listed() -> None:
    text = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    section = text.split("## The report on a text")[1].split("\n## ")[0]
    report = report_of(SpanCleanedText.of(ARTICLE, Config(), 20, "article.txt"))
    assert {*names_in(section)} >= {*report, *report["repeats"][0]}


def test_every_field_that_an_index_prints_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [[_, *rows]] = tables_of("formats.md", "Texts of an index")
    listed = {
        command.split()[1]: {*names_in(row[1])} for row in rows for command in names_in(row[0])
    }
    path, news = str(tmp_path / "seen.db"), tmp_path / "news.jsonl"
    news.write_text(json.dumps({"url": "a", "text": ARTICLE}), encoding="utf-8")
    with dedup.Index(path) as index:
        index.add([ARTICLE], ids=["mon"])
    for command, arguments in {
        "get": ["mon"],
        "export": [],
        "query": [str(news), "--id-key", "url"],
        "stats": [],
    }.items():
        assert main(["index", command, path, *arguments]) == 0
        assert listed[command] >= json.loads(capsys.readouterr().out).keys()
    assert listed.keys() == {"get", "export", "query", "stats"}


def variables_read(path: Path) -> set[str]:
    """Return the environment variables that a module reads or sets, by their names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    uses = [node for node in ast.walk(tree) if ast.unparse(node) == "os.environ"]
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("os.environ.")
    ]
    assert len(uses) == len(calls), f"{path}: read variables by os.environ.get"
    names = [call.args[0] for call in calls]
    return {
        str(constants[name.id] if isinstance(name, ast.Name) else ast.literal_eval(name))
        for name in names
    }


def test_every_environment_variable_is_listed() -> None:
    package = ROOT / "src"
    modules = [path for path in package.rglob("*.py") if "environ" in path.read_text("utf-8")]
    read = set().union(*map(variables_read, modules))
    assert set(first_column("environment.md", "Read by dedup")) == read
    sources = [path for path in (package / "native").iterdir() if path.is_file()]
    assert not [path for path in sources if "getenv" in path.read_text(encoding="utf-8")]
    assert not [path for path in package.rglob("*.py") if "getenv" in path.read_text("utf-8")]
