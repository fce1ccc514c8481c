"""Write the tables of the pages on time and accuracy: ``python -m benchmarks.comparison_tables``.

The numbers are in ``benchmarks/results/comparison.json``, which ``make compare`` writes, and in
``benchmarks/results/quality.json``, which ``make quality`` writes.
"""

from collections.abc import Mapping
from typing import Any

from benchmarks.result_files import ROOT, read_results

EXPLANATION = ROOT / "docs" / "explanation"
# The page of each table.
PAGES = {"comparison": EXPLANATION / "benchmarks.md", "quality": EXPLANATION / "accuracy.md"}
# Rows of comparison.json that are shown, and their labels.
TOOLS = {
    "dedup": "dedup, containment",
    "dedup-jaccard": "dedup, Jaccard",
    "rensa": "rensa",
    "rensa-rho": "rensa, rho",
    "fastsketchlsh": "FastSketchLSH",
    "datasketch": "datasketch",
    "text-dedup": "text-dedup",
    "datatrove": "datatrove",
}
CORPORA = {"reuters21578": "agency items (Reuters)", "allsides": "news articles (allsides)"}
# Sets of quality.json whose labels know all copies, and their labels in the picture.
DRAWN_SETS = {
    "reuters_judged": "agency news",
    "trove_judged": "press releases",
    "extraction_a": "web pages",
    "bln600": "scanned papers",
    "scoop": "headlines",
}
SETS = DRAWN_SETS | {
    "news_pairs": "short news, written for the tests",
    "mccormick": "copies planted in news",
    "ndd100": "copies planted in news",
    "newspaper_a": "web pages",
    "clough_stevenson": "answers copied from a source",
}
F1_COLUMNS = {"dedup": "dedup", "text_dedup": "text-dedup", "datasketch": "datasketch"}
RATE_COLUMNS = {
    "precision": "precision",
    "recall": "recall",
    **{column: f"F1 of {tool}" for column, tool in F1_COLUMNS.items()},
}


def tool_label(row: Mapping[str, Any]) -> str:
    """Return the label of a tool; a star marks a time that is that of the whole process."""
    return TOOLS[row["name"]] + "*" * bool(row.get("reads_a_file"))


def seconds_label(row: Mapping[str, Any]) -> str:
    """Return the time of a tool, and the share of the similar pairs that it finds, for a chart."""
    seconds = float(row["seconds"])
    label = f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    return label if row["found"] is None else f"{label}, finds {row['found']:.0%}"


def shown_tools(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of comparison.json that are shown, the fastest first."""
    rows = [row for row in comparison["rows"] if row["name"] in TOOLS]
    return sorted(rows, key=lambda row: float(row["seconds"]))


def corpus_label(comparison: Mapping[str, Any]) -> str:
    """Return the number and kind of the texts that were compared, and their size."""
    corpus = CORPORA.get(comparison["corpus"], comparison["corpus"])
    return f"{comparison['documents']:,} {corpus}, {comparison['bytes'] / 1e6:.0f} MB"


def comparison_table(comparison: Mapping[str, Any]) -> str:
    """Return the time and the findings of each tool as a Markdown table."""
    lines = [
        f"{corpus_label(comparison)}. {comparison['machine']}; {comparison['date']}.",
        "",
        "| tool | version | processor seconds | found |",
        "| --- | --- | ---: | ---: |",
    ]
    for row in shown_tools(comparison):
        cells = [tool_label(row), row["version"], f"{row['seconds']:.2f}", share(row["found"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def quality_table(quality: Mapping[str, Any]) -> str:
    """Return the rates of the presets, and the F1 of each peer, as a Markdown table."""
    lines = [
        f"{quality['machine']}; {quality['date']}.",
        "",
        f"| texts | set | preset | {' | '.join(RATE_COLUMNS.values())} |",
        f"| --- | --- | --- |{' ---: |' * len(RATE_COLUMNS)}",
    ]
    for row in quality["rows"]:
        source = row["set"].split()[0]  # a set may have parts: "mccormick 1000"
        if source in SETS:
            scores = [share(row[column]) for column in RATE_COLUMNS]
            cells = [SETS[source], f"`{row['set']}`", f"`{row['preset']}`", *scores]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def share(number: float | None) -> str:
    """Return a share of 1 with three digits, or a word where there is none."""
    return "none" if number is None else f"{number:.3f}"


def with_table(page: str, name: str, table: str) -> str:
    """Return a page with a table between the comment of its name and the next end."""
    before, start, rest = page.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    return f"{before}{start}{table}\n{end}{after}"


def measured_tables() -> dict[str, str]:
    """Return the tables of the measured numbers, by their names in ``PAGES``."""
    return {
        "comparison": comparison_table(read_results("comparison.json")),
        "quality": quality_table(read_results("quality.json")),
    }


def main() -> None:
    """Write the tables into their pages."""
    for name, table in measured_tables().items():
        page = PAGES[name].read_text(encoding="utf-8")
        PAGES[name].write_text(with_table(page, name, table), encoding="utf-8")


if __name__ == "__main__":
    main()
