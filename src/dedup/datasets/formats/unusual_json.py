"""Read JSON that orjson refuses or changes: NaN, lone surrogates, long numbers, deep nesting.

The module ``json`` reads it. Python converts at most 4,300 digits to an integer, and cannot recurse
into many levels. Such values need not be read as long as no field that is used has them.
"""

import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

MAX_NESTED_LEVELS = 100  # of a value that is read if ``json`` cannot read the whole record
_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:
    ([][{}:,])
    | ("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+")
    | (true|false|null|NaN|-?Infinity|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    )""",
    re.VERBOSE,
)
_CLOSING_BRACKETS = {"{": "}", "[": "]"}
_AFTER_VALUE_START = {
    "{": "first key", "[": "first value", "string": "after value", "other": "after value",
}  # fmt: skip
_NEXT_STATES = {  # by the state and the token; "," leads to a key in an object
    "start": {"{": "first key"},
    "first key": {"string": "colon", "}": "after value"},
    "key": {"string": "colon"},
    "colon": {":": "value"},
    "first value": _AFTER_VALUE_START | {"]": "after value"},
    "value": _AFTER_VALUE_START,
    "after value": {",": "value", "}": "after value", "]": "after value"},
}


class UnreadValue:
    """A value of JSON with too many levels to be read, which no field that is used may have."""

    def __repr__(self) -> str:
        """Return a description for messages."""
        return f"a value of more than {MAX_NESTED_LEVELS} nested levels"


UNREAD_VALUE = UnreadValue()


def read_json(text: str) -> Any:  # noqa: ANN401
    """Return the value of JSON as Python reads it, with integers of any size.

    An integer of more digits than Python converts is a ``Decimal``. If there are too many levels
    for Python, the values of an object that have more than 100 are ``UNREAD_VALUE``.

    Raises
    ------
    ValueError
        When it is not JSON, or has too many levels and is not an object.

    Examples
    --------
    >>> read_json("[123456789012345678901]"), read_json("NaN")
    ([123456789012345678901], nan)
    >>> read_json('{"deep": ' + "[" * 5000 + "]" * 5000 + ', "text": "One."}')
    {'deep': a value of more than 100 nested levels, 'text': 'One.'}
    """
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError:
        shallow, unread = _without_deep_values(text)
        value = json.loads(shallow, parse_int=_integer)
        return value | dict.fromkeys(unread, UNREAD_VALUE)


def may_be_inexact(value: object) -> bool:
    """Return whether orjson may have read an integer in a value as a float."""
    return isinstance(value, (dict, list)) or (isinstance(value, float) and abs(value) >= 1 << 63)


def _integer(digits: str) -> int | Decimal:
    most = sys.get_int_max_str_digits()
    return int(digits) if not most or len(digits.lstrip("-")) <= most else Decimal(digits)


def _without_deep_values(text: str) -> tuple[str, list[str]]:
    """Return an object with null in place of values of too many levels, and their names."""
    parts, copied, names = list[str](), 0, dict[str, None]()
    for name, start, stop, levels in _members(text):
        names.pop(name, None)  # the last of equal names counts
        if levels > MAX_NESTED_LEVELS:
            parts += text[copied:start], "null"
            copied, names[name] = stop, None
    return "".join([*parts, text[copied:]]), [*names]


def _members(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield the name, start, stop and levels of each value of an object.

    Raises
    ------
    ValueError
        When they are not JSON.
    """
    state, closing, place = "start", list[str](), 0
    name, start, levels = "", 0, 0
    while state != "end":
        token = _TOKEN.match(text, place)
        kind = token and (token[1] or ("string" if token[2] else "other"))
        if token is None or kind not in _NEXT_STATES[state]:
            raise ValueError("not an object of JSON")
        begin, place = token.start(token.lastindex or 0), token.end()
        if len(closing) == 1 and state in ("key", "first key") and kind == "string":
            name = json.loads(token[2])
        if len(closing) == 1 and state == "value":
            start, levels = begin, 0
        state = _NEXT_STATES[state][kind]
        if kind in _CLOSING_BRACKETS:
            closing.append(_CLOSING_BRACKETS[kind])
            levels = max(levels, len(closing) - 1)
        elif kind in ("}", "]") and closing.pop() != kind:
            raise ValueError("not an object of JSON")
        elif kind == "," and closing[-1] == "}":
            state = "key"
        if state == "after value" and len(closing) == 1:
            yield name, start, place, levels
        if not closing:
            state = "end"
