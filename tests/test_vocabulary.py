"""The words of the code and the docs are the terms of ``docs/reference/glossary.md``.

Each word below was once used in place of such a term, and readers had to translate it.
"""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "dedup"
MODULES = sorted(PACKAGE.rglob("*.py"))
NATIVE = sorted(path for path in (ROOT / "src" / "native").iterdir() if path.is_file())
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]

# Each pattern, and the term that replaces it.
PRIVATE_WORDS = {
    r"stands?|standing|stood": "is kept, stays",
    r"leaders?": "representative",
    r"spares?|other news": "numeric variant",
    r"figures?": "numbers",
    r"apart": "disjoint, different, separately",
    r"fences?": "first keys of pages",
    r"(un)?sealed|seals": "with checksum",
    r"sieves?|passages?": "index filter, stream buffer",
    r"arrivals?|admissions?|admits?|intake": "batch, decide, write",
    r"probes?": "query keys",
    r"hits": "shared-key counts",
    r"portions?|stretch(es)?": "batch, span, range",
    r"spill(s|ed)?": "on disk",
    r"mend(s|ed|ing)?": "fix",
    r"told": "reported, detected",
    r"gone": "deleted, removed",
    r"doors?": "adapter",
    r"hangs? together": "are connected",
    r"word(less|ed)": "without words",
    r"stand-ins?|stand_ins?": "near-copy representative",
    r"misread": "OCR noise",
    r"thirds": "weight in thirds",
    r"handed": "yielded",
}
PRIVATE_NAMES = set(
    re.findall(
        r"\w+",
        """of own some others given it told said known noted gone apart meet met hits prints leaders
        led fences sealed unsealed spares stands figures thirds portions pieces stretches probes
        arrivals admit intake sieve passage misread mend stand_ins wordless worded MOST FEW SHORT
        SHARED FOUND PART END NONE WHOLE LEAST MANY ALONE""",
    )
)
# Texts in which such a word is right, with the reason.
ALLOWED = {
    "a passage of {} dropped": "the name of an edit seeds its random draws, and is in the JSON",
    '"gone"': "a table of an index file, whose format stays",
    "``gone``": "the same",
    " gone ": "the same, in SQL",
    "M gone": "the same, at the end of a statement",
    '"fence"': "a table of an index file, whose format stays",
    "``fence``": "the same",
    " fence ": "the same, in SQL",
}


def words_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line: of a module its comments and strings."""
    if path.suffix != ".py":
        yield from enumerate(path.read_text("utf-8").splitlines(), 1)
        return
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING):
                for offset, line in enumerate(token.string.splitlines()):
                    yield token.start[0] + offset, line


@pytest.mark.parametrize("path", [*MODULES, *NATIVE, *PAGES], ids=lambda path: path.name)
def test_no_private_word(path: Path) -> None:
    found = []
    for number, line in words_in(path):
        text = line
        for allowed in ALLOWED:
            text = text.replace(allowed, "")
        for pattern, term in PRIVATE_WORDS.items():
            matches = re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE)
            found += [f"{path}:{number}: {match[0]!r} ({term})" for match in matches]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_private_name(path: Path) -> None:
    names: dict[str, int] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node.lineno)
        elif isinstance(node, ast.arg):
            names.setdefault(node.arg, node.lineno)
    found = [f"{path}:{names[name]}: {name}" for name in sorted(names.keys() & PRIVATE_NAMES)]
    assert not found, "\n" + "\n".join(found)
