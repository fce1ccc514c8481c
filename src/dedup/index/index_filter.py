"""An index as a filter: it lies between an index and whatever brings texts, streams or tables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from dedup.config import Config, Settings, check_type
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
    settings, overrides
        The settings that were asked for.
    named
        Whether the texts have ids of their own.
    if_seen
        What happens to a text that the index has under its own id with the same tokens: ``"drop"``
        leaves it out, as any other copy, with ``"keep"`` it comes through again.
    on_conflict
        What happens to a text under an id that another text has, as for ``Index.add``.
    config
        The settings; None where those of the index count.

    Raises
    ------
    ConfigError
        When it cannot be done; the message names the parameter.
    """

    index: Place | None = field(repr=False)  # it may have a password
    settings: Settings | None
    overrides: dict[str, Any]
    named: bool
    if_seen: IfSeen
    on_conflict: OnConflict
    config: Config | None = field(init=False)

    def __post_init__(self) -> None:
        """Check what was asked for, before anything is read."""
        asked = self.settings is not None or bool(self.overrides)
        if asked and isinstance(self.index, Index):
            name = "config" if self.settings is not None else next(iter(self.overrides))
            raise ConfigError.of(name, "has no effect on an open index: leave it out")
        config = Config.of(self.settings, self.overrides)
        check_type("if_seen", self.if_seen, IfSeen)
        if self.if_seen == "keep" and not self.named:
            raise ConfigError.of("if_seen", "must be drop without an id: give an id to use keep")
        check_type("on_conflict", self.on_conflict, OnConflict)
        object.__setattr__(self, "config", config if asked else None)

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
