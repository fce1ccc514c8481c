"""What stays although it recurs, as a person says it."""

import re
from collections.abc import Iterable

from dedup.errors import ConfigError

Exceptions = Iterable[str | re.Pattern[str]]


class KeptPatterns:
    """Texts and regular expressions that keep the patterns in which they are found.

    Raises
    ------
    ConfigError
        When one of them is neither, or would keep all patterns.

    Examples
    --------
    >>> kept = KeptPatterns(["Advertisement", re.compile("(?i)copyright")])
    >>> "COPYRIGHT 2020" in kept, "Read more" in kept
    (True, False)
    """

    def __init__(self, given: Exceptions) -> None:
        if isinstance(given, (str, bytes, re.Pattern)) or not isinstance(given, Iterable):
            raise ConfigError(
                f"keep_patterns must be a list of texts and compiled regular expressions, got one "
                f"{type(given).__name__}"
            )
        self._given = [_checked(place, one) for place, one in enumerate(given)]

    def __contains__(self, text: str) -> bool:
        """Tell whether a pattern is kept."""
        return any(
            one in text if isinstance(one, str) else one.search(text) is not None
            for one in self._given
        )


def _checked(place: int, one: object) -> str | re.Pattern[str]:
    name = f"keep_patterns[{place}]"
    if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
        return one
    if not isinstance(one, str):
        raise ConfigError(f"{name} must be a str or a compiled regular expression, got {one!r}")
    if not one.strip():
        raise ConfigError(f"{name} must have a character that is not blank, got {one!r}")
    return one
