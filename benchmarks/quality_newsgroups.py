"""What is removed from Usenet beside the cross-posts: ``python -m benchmarks.quality_newsgroups``.

Cross-posts, which have one Message-ID, are labelled; a post that was sent again is not, and a reply
that quotes all of another post is no copy of it. The headers tell them apart: a reply names
the Message-ID of the other post, and whoever sends a post again is its author. A reply that goes is
a text lost; a post that goes stands, as a quotation, in the reply that stays for it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import dedup
from benchmarks.corpora import folder, records
from benchmarks.peers.table import render

SETTINGS = {
    "news": dedup.Config.preset("news"),
    "jaccard": dedup.Config(measure="jaccard"),
    "strict": dedup.Config.preset("strict"),
}
KINDS = ("cross-post", "sent again", "quoted in the reply kept", "a reply", "other sender")
HEADERS = ("settings", "removed", *KINDS)
FIELD = re.compile(
    r"^(from|references|in-reply-to):((?:.*\n[ \t])*.*)", re.IGNORECASE | re.MULTILINE
)
NAME = re.compile(r"<[^<>\s]+>")
ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]+")


@dataclass(frozen=True, slots=True)
class Post:
    """A text of Usenet, and what its headers say of it."""

    text: str
    name: str  # its Message-ID
    sender: str
    answers: str  # what it refers to

    @classmethod
    def of(cls, record: Mapping[str, Any], name: str) -> "Post":
        found = {key.lower(): value for key, value in FIELD.findall(record["headers"])}
        sender = ADDRESS.search(found.get("from", ""))
        answers = found.get("references", "") + found.get("in-reply-to", "")
        text, address = record["text"], sender.group().lower() if sender else ""
        return cls(text, name, address, answers)


def kind(removed: Post, stays: Post) -> str:
    """Return what a removed post is to the one that stays for it.

    >>> post = Post("Sold.", "<1@here>", "ann@here", "")
    >>> reply = Post("> Sold.", "<2@here>", "bob@here", "<0@here> <1@here>")
    >>> kind(post, reply), kind(reply, post)
    ('quoted in the reply kept', 'a reply')
    """
    if removed.name == stays.name:
        return "cross-post"
    if removed.sender == stays.sender:
        return "sent again"
    if removed.name in stays.answers:
        return "quoted in the reply kept"
    return "a reply" if stays.name in removed.answers else "other sender"


def kinds_of(posts: list[Post], config: dedup.Config) -> Counter[str]:
    """Count what is removed, by kind."""
    result = dedup.deduplicate([post.text for post in posts], config)
    removed = np.flatnonzero(~result.keep)
    pairs = zip(removed.tolist(), result.witness[removed].tolist(), strict=True)
    return Counter(kind(posts[row], posts[witness]) for row, witness in pairs)


def posts_of(articles: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Post]:
    return [Post.of(record, names[record["id"]]) for record in articles]


def main() -> None:
    """Print one row for each of some settings."""
    place = folder() / "labelled" / "newsgroups"
    try:
        articles, clusters = (
            records(place / f"{name}.jsonl.zst") for name in ("articles", "clusters")
        )
    except FileNotFoundError as error:
        sys.exit(str(error))
    posts = posts_of(articles, {record["id"]: record["cluster"] for record in clusters})
    rows = []
    for name, config in SETTINGS.items():
        kinds = kinds_of(posts, config)
        rows.append(
            [name, *(f"{count:,}" for count in (kinds.total(), *(kinds[key] for key in KINDS)))]
        )
    names_here = {post.name for post in posts}
    replies = sum(not names_here.isdisjoint(NAME.findall(post.answers)) for post in posts)
    render(f"Removed of {len(posts):,} posts, {replies:,} of them replies", HEADERS, rows)


if __name__ == "__main__":
    main()
