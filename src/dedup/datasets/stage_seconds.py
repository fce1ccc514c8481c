"""How long the stages of jobs take: what the progress bar and the time left are computed from."""

from dedup.datasets.job import Job

# Only the ratios matter: the bar moves evenly if they are right. How they were measured is in
# docs/decisions/0011-datasets.md, "Progress".
SECONDS_PER_GIGABYTE = {
    "reading": 1.6,
    "boilerplate": 20.0,
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
    stages.append("comparing" if options.index is None else "indexing")
    stages += ["spans"] * options.spans + ["writing", "saving"] * job.writes
    seconds = {stage: SECONDS_PER_GIGABYTE[stage] for stage in stages}
    if options.within:
        seconds["reading"] += REPEATS_SECONDS
    if options.blocks and options.index is None:
        seconds["comparing"] += SKETCH_SECONDS
    if job.writes and (options.blocks or options.spans):
        seconds["writing"] += CHANGED_SECONDS
    return seconds
