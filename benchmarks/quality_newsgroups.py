"""Count what is removed from Usenet posts, by kind: ``python -m benchmarks.quality_newsgroups``.

The labels know cross-posts only (equal Message-ID). The headers identify other kinds: a reply
names the Message-ID of the post that it answers, and a post that was sent again has the same
author. If a reply that quotes a whole post is removed, its own words are lost; if the quoted post
is removed, the reply still holds its words.
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
from benchmarks.tables import render

SETTINGS = {
    "news": dedup.Config.preset("news"),
    "jaccard": dedup.Config(measure="jaccard"),
    "strict": dedup.Config.preset("strict"),
}
KINDS = ("cross-post", "sent again", "quoted in the kept reply", "reply", "other sender")
HEADERS = ("settings", "removed", *KINDS)
FIELD = re.compile(
    r"^(from|references|in-reply-to):((?:.*\n[ \t])*.*)", re.IGNORECASE | re.MULTILINE
)
MESSAGE_ID = re.compile(r"<[^<>\s]+>")
ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]+")


@dataclass(frozen=True, slots=True)
class Post:
    """A post and fields of its headers."""

    text: str
    message_id: str
    sender: str
    references: str  # Message-IDs of the posts that it answers

    @classmethod
    def parse(cls, record: Mapping[str, Any], message_id: str) -> "Post":
        fields = {key.lower(): value for key, value in FIELD.findall(record["headers"])}
        sender = ADDRESS.search(fields.get("from", ""))
        references = fields.get("references", "") + fields.get("in-reply-to", "")
        address = sender.group().lower() if sender else ""
        return cls(record["text"], message_id, address, references)


def kind(removed: Post, kept: Post) -> str:
    """Return how a removed post is related to its witness.

    >>> post = Post("Sold.", "<1@here>", "ann@here", "")
    >>> reply = Post("> Sold.", "<2@here>", "bob@here", "<0@here> <1@here>")
    >>> kind(post, reply), kind(reply, post)
    ('quoted in the kept reply', 'reply')
    """
    if removed.message_id == kept.message_id:
        return "cross-post"
    if removed.sender == kept.sender:
        return "sent again"
    if removed.message_id in kept.references:
        return "quoted in the kept reply"
    return "reply" if kept.message_id in removed.references else "other sender"


def kinds_of(posts: list[Post], config: dedup.Config) -> Counter[str]:
    """Count the removed posts by kind."""
    result = dedup.deduplicate([post.text for post in posts], config)
    removed = np.flatnonzero(~result.keep)
    pairs = zip(removed.tolist(), result.witness[removed].tolist(), strict=True)
    return Counter(kind(posts[row], posts[witness]) for row, witness in pairs)


def posts_of(articles: Iterable[Mapping[str, Any]], message_ids: Mapping[str, str]) -> list[Post]:
    return [Post.parse(record, message_ids[record["id"]]) for record in articles]


def main() -> None:
    """Print one row for each configuration."""
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
    known_ids = {post.message_id for post in posts}
    answered = (MESSAGE_ID.findall(post.references) for post in posts)
    replies = sum(not known_ids.isdisjoint(ids) for ids in answered)
    render(f"Removed from {len(posts):,} posts ({replies:,} are replies)", HEADERS, rows)


if __name__ == "__main__":
    main()
