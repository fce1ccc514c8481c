"""Which file the records of each input go to."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dedup.errors import ConfigError, OutputError
from dedup.io.compression import endings
from dedup.io.staged import StagedFiles
from dedup.io.targets import names_folder, plan_targets, refuse_clashes
from dedup.io.text import STDIN

Output = TypeVar("Output")
Make = Callable[[StagedFiles, Path, int | None, Path | None], Output]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the output of a dataset goes.

    Parameters
    ----------
    target
        A file, ``-`` for standard output; a folder for one file for each input; None for the
        inputs themselves.
    limit
        Bytes after which another file is begun; None for no limit.
    backup_suffix
        With no target, what is put behind the names of the inputs that are kept; empty for none.
    """

    target: str | None
    limit: int | None = None
    backup_suffix: str = ".bak"

    def outputs(
        self,
        inputs: Sequence[Path],
        names: Sequence[str],
        against: Sequence[Path],
        staged: StagedFiles,
        make: Make[Output],
    ) -> list[Output]:
        """Return where the records of each input go.

        Parameters
        ----------
        names
            What each is called in a folder.
        make
            Given the target, the limit and the backup, returns what writes there.

        Raises
        ------
        ConfigError, OutputError
            When a file would be lost, or there is no such place.
        """
        if self.target is None:
            return self._in_place(inputs, against, staged, make)
        path = Path(self.target)
        if path == STDIN and self.limit:
            raise ConfigError("--shard-size needs names for its files; give -o FILE, or a folder")
        if not names_folder(self.target):
            targets = [path] * len(inputs)
        elif self.limit:
            targets = [path / f"part{endings(inputs[0])}"] * len(inputs)
        else:
            targets = plan_targets(inputs, self.target, names)
        distinct = dict.fromkeys(targets)
        if path != STDIN:
            clashing = distinct if self.limit or path in distinct else targets
            refuse_clashes([*inputs, *against], clashing)
        if path not in distinct:
            for folder in dict.fromkeys(target.parent for target in distinct):
                staged.make_folder(folder)
        shards = {target: make(staged, target, self.limit, None) for target in distinct}
        return [shards[target] for target in targets]

    def _in_place(
        self,
        inputs: Sequence[Path],
        against: Sequence[Path],
        staged: StagedFiles,
        make: Make[Output],
    ) -> list[Output]:
        if STDIN in inputs or self.limit:
            raise ConfigError("--in-place needs files, and goes without --shard-size")
        backups = [path.with_name(path.name + self.backup_suffix) for path in inputs]
        refuse_clashes(against, [*inputs, *(backups if self.backup_suffix else [])])
        for backup in backups if self.backup_suffix else ():
            if os.path.lexists(backup):
                raise OutputError(
                    f"{backup}: exists already, as when a run of this came to its end; move it, or "
                    "choose another --backup-suffix"
                )
        kept = backups if self.backup_suffix else [None] * len(inputs)
        return [make(staged, path, None, old) for path, old in zip(inputs, kept, strict=True)]
