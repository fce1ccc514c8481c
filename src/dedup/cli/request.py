"""What the command was asked to do, checked before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from dedup.config import Config
from dedup.dataset.job import Job
from dedup.dataset.options import DatasetOptions
from dedup.errors import ConfigError


def flag_of(name: str, *, off: bool = False) -> str:
    """Return an option as it is written.

    Examples
    --------
    >>> flag_of("min_tokens"), flag_of("within", off=True), flag_of("as_json")
    ('--min-tokens', '--no-within', '--json')
    """
    written = {"as_json": "json"}.get(name, name.replace("_", "-"))
    return f"--no-{written}" if off else f"--{written}"


def with_defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the defaults of all that a command does not have."""
    kinds = (DatasetOptions, Request, Config)
    return {item.name: item.default for kind in kinds for item in fields(kind)} | dict(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Job):
    """Inputs, settings and options of one call of the command.

    Without ``output`` texts, or records, go to standard output.

    Raises
    ------
    ConfigError
        When two options contradict each other.
    """

    dry_run: bool = False
    check: bool = False
    as_json: bool = False
    quiet: bool = False
    sample: int = 10_000

    def __post_init__(self) -> None:
        """Refuse options that contradict each other."""
        if self.output == "" or (self.ledger and self.ledger.is_dir()):
            raise ConfigError("--output and --ledger need the name of a file")
        if self.in_place and self.output:
            raise ConfigError("--in-place and --output exclude each other")
        looking = "--dry-run" if self.dry_run else "--check"
        if (self.dry_run or self.check) and (self.in_place or self.output or self.ledger):
            raise ConfigError(f"{looking} writes nothing: leave out --output, --in-place, --ledger")
        if "/" in self.backup_suffix:
            raise ConfigError(f"--backup-suffix must not contain a slash, got {self.backup_suffix}")

    @classmethod
    def of(cls, given: Mapping[str, Any], **more: Any) -> Self:  # noqa: ANN401
        """Return the request that the options of the command make, by their names."""
        values = {
            item.name: given[item.name] for item in fields(DatasetOptions) if item.name in given
        }
        if values.get("keep") == "auto":
            values["keep"] = "longest"
        own = {item.name: given[item.name] for item in fields(cls) if item.name in given}
        return cls(options=DatasetOptions(**values), **own | more)

    @property
    def job(self) -> Job:
        """The job of the library, for files of records and folders."""
        looks = self.dry_run or self.check or self.as_json
        output = self.output or (None if looks or self.in_place else "-")
        if self.as_json and output == "-":
            raise ConfigError("--json and the records cannot both go to standard output; give -o")
        return replace(self, output=output)
