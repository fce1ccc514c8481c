"""Checks before anything is read: options that do not fit, outputs that cannot be written."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dedup.datasets.dataset_options import DatasetOptions, Job
from dedup.datasets.formats.detect import TITLES, format_named
from dedup.datasets.inputs import TABLES
from dedup.errors import ConfigError, OutputError, StoreError
from dedup.files.compression import without_compression
from dedup.files.decoding import STDIN
from dedup.files.listing import Listing, names_many, reaches_below, root_of
from dedup.files.standard_streams import is_shown, is_stream
from dedup.files.targets import (
    names_folder,
    refuse_clashes,
    refuse_unwritable,
    refuse_unwritable_folder,
)
from dedup.index.index import Index
from dedup.index.stores.opening import display_path, is_server

NO_FIELDS = "files of text have no fields"
MEANINGLESS = {  # options, and why they say nothing of files of text
    "annotate": f"{NO_FIELDS}; give --ledger, or --json",
    "id": f"{NO_FIELDS}; their paths are their ids",
    "text": NO_FIELDS,
    "quarantine": "files cannot be put together in one; give --on-error skip, and --ledger",
    "shard_size": "each text is written as one file; leave it out",
    "delimiter": NO_FIELDS,
}


def check(job: Job) -> None:
    """Refuse what cannot be meant, or is bound to fail, before anything is read.

    Raises
    ------
    ConfigError
        When an option is for inputs of another format.
    OutputError
        When an output would be lost, would take the place of another file, or cannot be written.
    StoreError
        When the index cannot be opened.
    """
    if job.options.format == "text":
        _check_for_folders(job)
        _check_folders(job)
    else:
        outputs = [*job.targets, *job.beside, *job.options.index_files]
        refuse_clashes([*job.inputs, *job.options.against], outputs)
    if job.options.format in TABLES:
        _check_for_tables(job)
    _check_name(job)
    _check_places(job)
    _check_index(job)


def _check_for_folders(job: Job) -> None:
    """Refuse what cannot be meant of folders of text."""
    defaults, options = DatasetOptions(), job.options
    for name, reason in MEANINGLESS.items():
        if getattr(options, name) != getattr(defaults, name):
            raise ConfigError.of(name, f"has no effect on texts: {reason}")
    if ":" in options.keep:
        rule = "must be longest, first or last for texts, which have no fields"
        raise ConfigError.of("keep", f"{rule}, got {options.keep!r}")
    if job.in_place:
        raise ConfigError("--in-place would delete files of a folder; give -o FOLDER")


def _check_folders(job: Job) -> None:
    """Refuse files in the folders of the inputs, or in the place of an input."""
    roots = [] if job.files else [root_of(path) for path in job.inputs if reaches_below(path)]
    references = [root_of(path) for path in job.options.against if names_many(path)]
    beside = [*job.beside, *job.options.index_files]
    for file in beside:
        for root in (*roots, *(references if file.exists() else [])):
            if holds(root, file):
                raise OutputError(f"{file}: must not be in the input {root}; name another place")
    for folder in job.targets:
        if folder == STDIN or is_stream(folder):
            raise ConfigError(
                f"{job.inputs[0]}: a folder cannot be written to standard output; give -o FOLDER"
            )
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder}: is a file; choose a folder with -o FOLDER")
        for root in roots:
            if holds(root, folder) or holds(folder, root):
                raise OutputError(
                    f"{folder}: must not be in the input {root} or around it; choose another"
                )
    names = [name for _, names in job.listings for name in names]
    outputs = (folder / name for folder in job.targets for name in names)
    refuse_clashes(job.options.against, job.beside)
    refuse_clashes(_files_in(job.listings), [*beside, *outputs])


def _files_in(listings: Iterable[Listing]) -> Iterator[Path]:
    return (root / name for root, names in listings for name in names)


def holds(folder: Path, path: Path) -> bool:
    """Tell whether a path is a folder or lies in it, be it by links."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _check_name(job: Job) -> None:
    """Refuse an output whose name says another format than it will have, unless an input's does."""
    name = job.options.format
    assert name is not None
    for target in job.targets:
        named = None if target.is_dir() else format_named(target)
        if named is not None and named not in (name, *map(format_named, job.inputs)):
            raise ConfigError(
                f"{target}: the output has the format of the input, {TITLES[name]}, not "
                f"{TITLES[named]}; name it {without_compression(target).with_suffix('.' + name)}, "
                "or convert the input first"
            )


def _check_for_tables(job: Job) -> None:
    """Refuse what cannot be done with files whose rows are no bytes."""
    title = TITLES[job.options.format]  # type: ignore[index]  # one of tables
    if STDIN in job.inputs:
        raise ConfigError(f"{title} cannot be read from standard input; name a file")
    if job.options.ledger:
        reason = f"does not support {title} (there is no restore)"
        raise ConfigError.of("ledger", f"{reason}; leave it out")
    if any(map(is_shown, job.targets)):
        wrong = f"standard output: {title} is binary, and is not written to a terminal"
        raise OutputError(f"{wrong}; give -o FILE, or pipe it to another program")


def _check_places(job: Job) -> None:
    """Refuse outputs that cannot be written."""
    is_text = job.options.format == "text"
    if job.in_place:
        refuse_unwritable([*filter(Path.exists, job.inputs), *job.beside])
    elif job.output and job.output != "-" and (is_text or names_folder(job.output)):
        refuse_unwritable_folder(Path(job.output))
        refuse_unwritable(file for file in job.beside if not holds(Path(str(job.output)), file))
    else:
        refuse_unwritable([*job.beside, *(target for target in job.targets if target != STDIN)])


def _check_index(job: Job) -> None:
    """Refuse an index that cannot be used, or has ids of the other kind.

    With those the same records would be copies of themselves.
    """
    place, keyed = job.options.index, job.options.format == "text" or job.options.id is not None
    if place is None:
        return
    if is_server(place) or Path(place).exists():
        with Index(place, job.index_config) as index:
            made_keyed = index.stats().keyed
        if made_keyed not in (None, keyed):
            wrong = "was made with ids of records; choose their field with id=, or"
            if keyed:
                wrong = "was made without ids of records; leave out id=, or"
            if job.options.format == "text":
                wrong = "has ids made from the texts, but a folder uses file paths as ids;"
            raise ConfigError.of("index", f"{display_path(place)} {wrong} name another index")
    elif not Path(place).parent.is_dir():
        raise StoreError(f"{place} cannot be created: make the folder {Path(place).parent} first")
