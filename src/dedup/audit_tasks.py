"""What the command does to audit files: one call of the library, and what it tells."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from dedup.config import Config
from dedup.dataset.audited import audit_files
from dedup.errors import ConfigError
from dedup.io.streams import in_output_encoding, write_out
from dedup.report.audit import shown

READING = ("format", "text_key", "delimiter", "encoding", "errors", "on_error", "threads")
ALLOWED = {"audit", "as_json", "quiet", "preset", "files", *READING}


def audit_records(
    inputs: Sequence[Path], config: Config, given: Mapping[str, Any], named: Collection[str]
) -> int:
    """Print what an audit says of files, and write nothing else.

    Parameters
    ----------
    given
        The options of the command, by name.
    named
        Those of them that were given on the command line.

    Raises
    ------
    ConfigError
        When one of these is not for an audit.
    """
    allowed = ALLOWED | {item.name for item in fields(Config)}
    others = [
        f"--{'no-' * (given.get(name) is False)}{name.replace('_', '-')}"
        for name in sorted(set(named) - allowed)
    ]
    if others:
        raise ConfigError(f"--audit only reads and reports: leave out {', '.join(others)}")
    found = audit_files(inputs, config, **{name: given[name] for name in READING})
    told = orjson.dumps(found.to_dict()) + b"\n" if given["as_json"] else None
    write_out(told or in_output_encoding(shown(found)))
    return 0
