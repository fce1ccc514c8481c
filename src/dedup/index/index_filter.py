"""An index as a filter: it lies between an index and whatever brings texts, streams or tables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from dedup.config import Config, Settings
from dedup.errors import ConfigError
from dedup.index.index import Index
from dedup.index.result import IndexMatches
from dedup.index.write import OnConflict
from dedup.records import Flags

IfSeen = Literal["drop", "keep"]
Place = Index | str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class IndexFilter:
    """Which index lets texts through, and which of them it does.

    Attributes
    ----------
    index
        One that is open, or the path of one; None for one in memory that is made when needed.
    config
        The settings; None where those of the index count.
    if_seen
        What happens to a text that the index has under its own id with the same tokens: ``"drop"``
        leaves it out, as any other copy, with ``"keep"`` it comes through again.
    on_conflict
        What happens to a text under an id that another text has, as for ``Index.add``.
    """

    index: Place | None = field(repr=False)  # it may have a password
    config: Config | None
    if_seen: IfSeen
    on_conflict: OnConflict

    @classmethod
    def of(  # noqa: PLR0913  what a user may ask for
        cls,
        index: Place | None,
        config: Settings | None,
        overrides: dict[str, Any],
        *,
        named: bool,
        if_seen: IfSeen,
        on_conflict: OnConflict,
    ) -> Self:
        """Check what was asked for, before anything is read.

        Parameters
        ----------
        named
            Whether the texts have ids of their own.

        Raises
        ------
        ConfigError
            When it cannot be done; the message names the parameter.
        """
        asked = config is not None or bool(overrides)
        if asked and isinstance(index, Index):
            name = "config" if config is not None else next(iter(overrides))
            raise ConfigError.of(name, "has no effect on an open index: leave it out")
        checked = Config.of(config, overrides)
        if if_seen not in ("drop", "keep"):
            raise ConfigError.of("if_seen", f"must be drop or keep, got {if_seen!r}")
        if if_seen == "keep" and not named:
            raise ConfigError.of("if_seen", "must be drop without an id: give an id to use keep")
        if on_conflict not in ("error", "update"):
            raise ConfigError.of("on_conflict", f"must be error or update, got {on_conflict!r}")
        return cls(index, checked if asked else None, if_seen, on_conflict)

    @contextmanager
    def opened(self) -> Iterator[Index]:
        """Open the index, and close it unless it was open before."""
        if isinstance(self.index, Index):
            yield self.index
            return
        with Index(self.index, self.config) as index:
            yield index

    def passes(self, matches: IndexMatches) -> Flags:
        """Return which texts come through, (n,) bool."""
        return matches.keep | matches.seen if self.if_seen == "keep" else matches.keep
