"""What the command does to audit files: one call of the library, and what it tells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from dedup.config import Config
from dedup.dataset.audited import audit_files
from dedup.errors import ConfigError
from dedup.io.streams import in_output_encoding, is_terminal, write_out
from dedup.report.audit import shown
from dedup.report.progress import LoggedProgress, TerminalProgress

READING = ("sample", "format", "text_key", "delimiter", "encoding", "errors", "on_error", "threads")


def audit_records(inputs: Sequence[Path], config: Config, given: Mapping[str, Any]) -> int:
    """Print what an audit says of files, and write nothing else.

    Parameters
    ----------
    given
        The options of the command, by name.

    Raises
    ------
    ConfigError
        When one of these is not for an audit.
    """
    if given["on_error"] == "quarantine":
        raise ConfigError("--audit sets nothing aside: give --on-error skip, or leave it out")
    reading = {name: given[name] for name in READING}
    progress = None
    if not given["quiet"]:
        progress = TerminalProgress() if is_terminal() else LoggedProgress()
    try:
        found = audit_files(inputs, config, progress=progress, **reading)
    finally:
        if progress is not None:
            progress.end()
    told = orjson.dumps(found.to_dict()) + b"\n" if given["as_json"] else None
    write_out(told or in_output_encoding(shown(found)))
    return 0
