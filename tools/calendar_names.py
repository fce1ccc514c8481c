"""Make ``src/dedup/matching/calendar_names.txt``: names of months and weekdays in many languages.

The names come from the Unicode CLDR, which the package Babel ships. Run with Babel installed::

    pip install babel==2.19.0
    python tools/calendar_names.py src/dedup/matching/calendar_names.txt

``docs/decisions/0018-numeric-variants.md`` says what the names are for.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import product
from pathlib import Path

import babel
from babel import Locale

# Languages with many texts on the web and in newspapers, as far as CLDR has names for them.
LANGUAGES = """
af am ar az be bg bn ca cs da de el en es et eu fa fi fil fr ga gl gu ha he hi hr hu hy id ig is it
ja ka kk km kn ko lo lt lv mk ml mn mr ms my ne nl no om or pa pcm pl ps pt ro ru rw si sk sl sn so
sq sr sv sw ta te th ti tr uk ur uz vi xh yo yue zh zh_Hant zu
"""
MIN_LETTERS = 3  # letters of a name: "di" is Tuesday in German and "of" in Italian
SCRIPTS_WITHOUT_SPACES = ("km", "lo", "my", "th", "ja", "yue", "zh", "zh_Hant")
BEYOND_CLDR = {"en": ["sept", "tues", "thur", "thurs", "weds"]}


def names_of(language: str) -> Iterator[str]:
    """Yield the names of months and weekdays of a language, in lower case and without full stops.

    Names with a digit are left out: a number counts by itself.
    """
    locale = Locale.parse(language)
    least = 2 if language in SCRIPTS_WITHOUT_SPACES else MIN_LETTERS
    for names, context, width in product(
        (locale.months, locale.days), ("format", "stand-alone"), ("wide", "abbreviated")
    ):
        for name in names[context].get(width, {}).values():
            plain = name.lower().replace(".", " ").strip()
            plain = plain.removeprefix("d\N{RIGHT SINGLE QUOTATION MARK}").removeprefix("de ")
            if len(plain.replace(" ", "")) >= least and not any(
                letter.isdigit() for letter in plain
            ):
                yield plain
    yield from BEYOND_CLDR.get(language, ())


def main(target: str) -> None:
    """Write the table."""
    notice = (Path(babel.__file__).parent / "locale-data" / "LICENSE.unicode").read_text("utf-8")
    head = (
        f"Names of months and weekdays from the Unicode CLDR, by Babel {version('babel')}.\n"
        "Made by tools/calendar_names.py; each line is a language and its names.\n\n" + notice
    )
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    lines += ["\t".join((code, *sorted(set(names_of(code))))) for code in LANGUAGES.split()]
    Path(target).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
