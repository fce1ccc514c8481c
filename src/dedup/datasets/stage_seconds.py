"""How long the stages of jobs take: what the progress bar and the time left are computed from."""

from collections.abc import Sequence

from dedup.datasets.job import Job
from dedup.files.compression import COMPRESSION_ENDINGS, Compression
from dedup.files.location import Location

# Only the ratios matter: the bar moves evenly if they are right. How they were measured is in
# docs/decisions/0011-datasets.md, "Progress".
SECONDS_PER_GIGABYTE = {
    "reading": 1.6,
    "boilerplate": 20.0,
    "page frames": 4.0,
    "comparing": 2.4,
    "indexing": 70.0,
    "spans": 7.5,
    "writing": 1.3,
    "saving": 0.3,
    "restoring": 2.0,
}
REPEATS_SECONDS = 1.6  # added to reading, if it also removes what repeats within a text
SKETCH_SECONDS = 0.8  # added to comparing, if the texts are not sketched while they are read
CHANGED_SECONDS = 3.0  # added to writing, if many records change
AUDIT_SECONDS = {  # for a sample of 32 MB, which an audit reads of any larger input
    "removing copies": 0.2,
    "comparing texts": 4.0,
    "looking for edited copies": 1.4,
    "trying other settings": 1.7,
}
# For each compression: what is added to reading and to writing, for a gigabyte of text.
CODEC_SECONDS: dict[Compression, tuple[float, float]] = {
    "none": (0.0, 0.0),
    "gzip": (4.0, 40.0),
    "zstd": (1.5, 7.0),
    "bzip2": (85.0, 65.0),
    "xz": (9.0, 700.0),
    "lz4": (0.5, 3.0),
}
SECONDS_PER_TEXT_FILE = {"reading": 1e-5, "writing": 1e-4, "saving": 8e-5}


def seconds_of_files(count: int) -> dict[str, float]:
    """Return the seconds of each stage that depend on the number of text files.

    Examples
    --------
    >>> seconds_of_files(100_000)["writing"]
    10.0
    """
    return {stage: count * seconds for stage, seconds in SECONDS_PER_TEXT_FILE.items()}


def seconds_per_gigabyte(job: Job) -> dict[str, float]:
    """Return the stages of a job of ``clean_dataset``, in order.

    Examples
    --------
    >>> from dedup.config import Config
    >>> from dedup.datasets.dataset_options import DatasetOptions
    >>> job = Job(inputs=[], config=Config(), options=DatasetOptions(spans=True), output="out")
    >>> [*seconds_per_gigabyte(job)]
    ['reading', 'comparing', 'spans', 'writing', 'saving']
    """
    options = job.options
    stages = ["reading", "boilerplate"] if options.blocks else ["reading"]
    stages += ["page frames"] * (options.source is not None)
    stages.append("comparing" if options.index is None else "indexing")
    stages += ["spans"] * options.spans + ["writing", "saving"] * job.writes
    seconds = {stage: SECONDS_PER_GIGABYTE[stage] for stage in stages}
    if options.within:
        seconds["reading"] += REPEATS_SECONDS
    if options.source is not None or (options.blocks and options.index is None):
        seconds["comparing"] += SKETCH_SECONDS
    if job.writes and (options.blocks or options.spans):
        seconds["writing"] += CHANGED_SECONDS
    # Outputs in a folder or in place have the names of the inputs.
    outputs = [path for path in job.target_paths if path.suffix] or job.inputs
    seconds["reading"] += CODEC_SECONDS[_compression_of(job.inputs)][0]
    if job.writes:
        seconds["writing"] += CODEC_SECONDS[_compression_of(outputs)][1]
    return seconds


def _compression_of(files: Sequence[Location]) -> Compression:
    """Return the compression of the first file, by its name."""
    names = [path.suffix.lower() for path in files]
    return COMPRESSION_ENDINGS.get(names[0], "none") if names else "none"
