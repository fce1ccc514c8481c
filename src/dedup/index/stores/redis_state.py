"""An index on a server of Redis in numbers, and whether it is whole."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from dedup.errors import StoreError

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

FORMAT = 1  # of the layout


@dataclass(frozen=True, slots=True)
class State:
    """An index as it is at one moment."""

    next: int = 0  # number of the next record
    count: int = 0  # of records
    buckets: int = 1
    pairs: int = 0

    def write(self, pipe: "Pipeline", prefix: str) -> None:
        """Write it, as a part of a transaction."""
        pipe.hset(f"{prefix}:index", mapping={"format": FORMAT} | asdict(self))


def stored(client: "Redis", prefix: str, where: str) -> State:
    """Return the state that is stored.

    Raises
    ------
    StoreError
        When it is one of another version, or some of the index is missing.
    """
    with client.pipeline() as pipe:
        pipe.hmget(f"{prefix}:index", "format", "next", "count", "buckets", "pairs")
        pipe.hlen(f"{prefix}:beyond")  # says when it is no hash, as all others do
        pipe.hlen(f"{prefix}:texts")
        pipe.hlen(f"{prefix}:ids")
        pipe.strlen(f"{prefix}:live")
        pipe.hlen(f"{prefix}:buckets")
        (version, *numbers), _, texts, ids, live, buckets = pipe.execute()
    if version is not None and version != b"%d" % FORMAT:
        raise StoreError(
            f"{where} has layout {version.decode(errors='replace')}, and this version of dedup "
            f"reads {FORMAT}: export it with the version that made it, and make a new one"
        )
    state = State() if version is None else State(*map(int, numbers))
    there = (texts, ids, live, buckets > 0)
    if there != (state.count, state.count, -(-state.next // 8), state.pairs > 0):
        raise StoreError(
            f"{where} has lost some of its keys: see that the server drops none "
            "(maxmemory-policy noeviction), and make the index anew under another name"
        )
    return state
