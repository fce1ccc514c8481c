"""Check a job before anything is read: its options, its outputs and its index."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.formats.detect import FORMAT_TITLES, format_from_name
from dedup.datasets.inputs import TABLE_FORMATS
from dedup.datasets.job import Job
from dedup.errors import ConfigError, OutputError, StoreError
from dedup.files.compression import strip_compression_ending
from dedup.files.decoding import STDIN
from dedup.files.listing import Listing, is_folder_or_pattern, is_recursive, root_folder
from dedup.files.location import Location, as_location, contains_path
from dedup.files.standard_streams import is_stream, is_terminal_output
from dedup.files.targets import (
    is_output_folder,
    refuse_clashes,
    refuse_unwritable,
    refuse_unwritable_folder,
)
from dedup.index.stores.database import NO_FOLDER
from dedup.index.stores.opening import display_path, is_server

if TYPE_CHECKING:
    from dedup.index.index import Index

NO_FIELDS = "files of text have no fields"
NO_EFFECT_ON_TEXTS = {  # options without effect on text files, and why
    "annotate": f"{NO_FIELDS}; give ledger=",
    "id": f"{NO_FIELDS}; their paths are their ids",
    "source": f"{NO_FIELDS}; convert them to records that name their pages",
    "text": NO_FIELDS,
    "quarantine": 'text files cannot be merged into one; give on_error="skip"',
    "shard_size": "each text is written as one file; leave out shard_size=",
    "delimiter": NO_FIELDS,
}


def check_job(job: Job) -> None:
    """Raise an error if a job would fail or lose files.

    Raises
    ------
    ConfigError
        When an option does not fit the format of the inputs.
    OutputError
        When an output would replace an input or another output, or cannot be written.
    StoreError
        When the index cannot be opened or created.
    """
    if job.options.format == "text":
        _check_options_for_texts(job)
        _check_paths_of_texts(job)
    else:
        outputs = [*job.target_paths, *job.side_files, *job.options.index_files]
        refuse_clashes([*job.inputs, *job.side_inputs], outputs)
    if job.options.format in TABLE_FORMATS:
        _check_options_for_tables(job)
    _check_output_name(job)
    _check_writable(job)
    _check_index(job)


def _check_options_for_texts(job: Job) -> None:
    """Check that all options have an effect on text files."""
    defaults, options = DatasetOptions(), job.options
    for name, reason in NO_EFFECT_ON_TEXTS.items():
        if getattr(options, name) != getattr(defaults, name):
            raise ConfigError.of(name, f"has no effect on texts: {reason}")
    if ":" in options.keep:
        rule = "must be longest, first or last for texts, which have no fields"
        raise ConfigError.of("keep", f"{rule}, got {options.keep!r}")
    if job.in_place:
        raise ConfigError("--in-place would delete files; choose a folder with -o FOLDER")


def _check_paths_of_texts(job: Job) -> None:
    """Check that no output is in a folder of the inputs, or replaces an input."""
    roots = (
        [] if job.named_files else [root_folder(path) for path in job.inputs if is_recursive(path)]
    )
    references = [root_folder(path) for path in job.options.against if is_folder_or_pattern(path)]
    side_files = [*job.side_files, *job.options.index_files]
    for file in side_files:
        for root in (*roots, *(references if file.exists() else [])):
            if contains_path(root, file):
                raise OutputError(f"{file} must not be in the input {root}; choose another folder")
    for folder in job.target_paths:
        if folder == STDIN or is_stream(folder):
            wrong = "text files need an output folder, not standard output"
            raise ConfigError(f"{job.inputs[0]}: {wrong}; choose one with -o FOLDER")
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"{folder} is a file; choose a folder with -o FOLDER")
        for root in roots:
            if contains_path(root, folder) or contains_path(folder, root):
                raise OutputError(
                    f"{folder} must not be in the input {root} or around it; choose another folder"
                )
    names = [name for _, names in job.listings for name in names]
    outputs = _paths_in(Listing(folder, names) for folder in job.target_paths)
    refuse_clashes(job.side_inputs, job.side_files)
    refuse_clashes(_paths_in(job.listings), [*side_files, *outputs])


def _paths_in(listings: Iterable[Listing]) -> Iterator[Location | str]:
    """Yield the files of listings, local ones as strings."""
    for root, names in listings:
        is_local = isinstance(root, Path)
        yield from (f"{root}/{name}" if is_local else root / name for name in names)


def _check_output_name(job: Job) -> None:
    """Check that the ending of an output fits its format, or is the ending of an input."""
    name = job.options.format
    assert name is not None
    for target in job.target_paths:
        named = None if target.is_dir() else format_from_name(target)
        if named is not None and named not in (name, *map(format_from_name, job.inputs)):
            fitting = strip_compression_ending(target).with_suffix(f".{name}")
            raise ConfigError(
                f"{target}: the output has the format of the input, {FORMAT_TITLES[name]}, not "
                f"{FORMAT_TITLES[named]}; name it {fitting}, or convert the input first"
            )


def _check_options_for_tables(job: Job) -> None:
    """Check that the job can be done with Parquet and Arrow files, whose rows are not bytes."""
    title = FORMAT_TITLES[job.options.format]  # type: ignore[index]  # one of tables
    if STDIN in job.inputs:
        raise ConfigError(f"{title} cannot be read from standard input; name a file")
    if job.options.ledger:
        reason = f"does not support {title} (there is no restore)"
        raise ConfigError.of("ledger", f"{reason}; leave out ledger=")
    if any(map(is_terminal_output, job.target_paths)):
        wrong = f"{title} is binary, and is not written to a terminal"
        raise OutputError(f"{wrong}; choose a file with -o, or pipe it to another program")


def _check_writable(job: Job) -> None:
    """Check that all outputs can be written."""
    is_text = job.options.format == "text"
    if job.in_place:
        refuse_unwritable([*(path for path in job.inputs if path.exists()), *job.side_files])
    elif job.output and job.output != "-" and (is_text or is_output_folder(job.output)):
        refuse_unwritable_folder(as_location(job.output))
        refuse_unwritable(
            file for file in job.side_files if not contains_path(as_location(str(job.output)), file)
        )
    else:
        refuse_unwritable(
            [*job.side_files, *(target for target in job.target_paths if target != STDIN)]
        )


def _opened_index(place: str, job: Job) -> "Index":
    from dedup.index.index import Index  # noqa: PLC0415  slow to import, and most runs have none

    try:
        return Index(place, job.index_config)
    except ConfigError as error:
        if error.parameter != "path":
            raise
        raise ConfigError.of("index", str(error).removeprefix("path ")) from error


def _check_index(job: Job) -> None:
    """Check that the index can be used, and that its ids are of the same kind as those of the job.

    Ids are those of records (or paths), or made from the texts. With ids of the other kind, records
    that are in the index already would be removed as copies of themselves.
    """
    is_text = job.options.format == "text"
    place, has_ids = job.options.index, is_text or job.options.id is not None
    if place is None:
        return
    if is_server(place) or Path(place).exists():
        with _opened_index(place, job) as index:
            index_has_ids = index.stats().keyed
        if index_has_ids not in (None, has_ids):
            wrong = "was made with ids of records; choose their field with id=, or"
            if has_ids:
                wrong = "was made without ids of records; leave out id=, or"
            if is_text:
                wrong = "has ids made from the texts, but a folder uses file paths as ids;"
            raise ConfigError.of("index", f"{display_path(place)} {wrong} name another index")
    elif not Path(place).parent.is_dir():
        raise StoreError(NO_FOLDER.format(place, Path(place).parent))
