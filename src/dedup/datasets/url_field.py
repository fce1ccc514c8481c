"""Find the field with the URLs of the pages of records, to propose it as their source."""

from dataclasses import dataclass, replace

import numpy as np

from dedup.config import Config
from dedup.datasets.dataset_options import DatasetOptions
from dedup.datasets.inputs import Inputs, format_handler
from dedup.datasets.job import Job
from dedup.datasets.read_inputs import ReadBatch, inputs_to_read, read_inputs
from dedup.errors import InputError
from dedup.files.decoding import STDIN
from dedup.matching.page_frames import find_frames
from dedup.matching.sources import read_sources

URL_FIELDS = ("url", "uri", "link", "page_url", "source_url", "meta.url", "metadata.url")
WARC_FIELDS = ("WARC-Target-URI",)
MIN_SHARE_OF_PAGES = 0.5  # of the records: have the URL of a page whose site has another page
MIN_FRAME_SHARE = 0.05  # of the text, from which on frames are worth ignoring with any settings


@dataclass(frozen=True, slots=True)
class UrlField:
    """A field with the URLs of pages of the same sites, in the first records of an input."""

    name: str
    records: int
    frame_share: float  # of the text of these records

    @property
    def has_frames(self) -> bool:
        """Whether much of the text is frame."""
        return self.frame_share > MIN_FRAME_SHARE

    @property
    def reason(self) -> str:
        """Why to compare without frames, as a clause."""
        if not self.has_frames:
            return "the records are pages of sites, whose menus and footers make them similar"
        share = f"{self.frame_share:.0%} of the text of the first {self.records:,} records"
        return f"{share} is in lines that several pages of a site have"


def find_url_field(found: Inputs, options: DatasetOptions, config: Config) -> UrlField | None:
    """Return the field with the URLs of pages of the same sites; None if there is none.

    Only the first batch of the first input is read, and only fields with the usual names.
    """
    if found.format == "text" or STDIN in found.paths or config.compares_whole_texts:
        return None
    for name in WARC_FIELDS if found.format == "warc" else URL_FIELDS:
        batch = _first_batch(found, replace(options, source=name, threads=1), config)
        if batch is None or batch.records.sources is None:
            continue
        sources = read_sources(batch.records.sources, len(batch.records))
        counts = np.append(sources.page_counts, 0)  # the last one is of records without a source
        if np.mean(sources.has_address & (counts[sources.codes] > 1)) >= MIN_SHARE_OF_PAGES:
            share = find_frames(batch.texts, sources, options.threads).byte_share
            return UrlField(name, len(batch.records), share)
    return None


def _first_batch(found: Inputs, options: DatasetOptions, config: Config) -> ReadBatch | None:
    """Return the first records of the first input; None if the source of one cannot be read."""
    first = found.paths[:1]
    job = Job(inputs=first, listings=found.listings[:1], config=config, options=options)
    inputs = inputs_to_read(job, format_handler(options))
    try:
        return next((batch for _, batch in read_inputs(inputs, job) if len(batch.records)), None)
    except InputError:
        return None
