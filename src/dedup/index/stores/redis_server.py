"""A server of Redis: its address, its client, and what is said when it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from dedup.errors import ConfigError, MissingLibraryError, StoreError

if TYPE_CHECKING:
    from redis import Redis

DEFAULT_NAME = "dedup"
PATIENCE = 30.0  # seconds for an answer at least: the server does what others asked for first
CAUSES = (  # classes of errors, or words in them, the first that fits
    (
        ("AuthenticationError", "NoPermissionError", "NOAUTH", "WRONGPASS"),
        "refuses the login ({}): give a valid user and password in the address",
    ),
    (("BusyLoadingError",), "is starting, and reads its data: try again in a while"),
    (("TimeoutError",), "does not answer ({}): see whether the server is busy, and try again"),
    (
        ("ConnectionError",),
        "cannot be reached ({}): see whether a server runs there, and check the address",
    ),
    (
        ("OutOfMemoryError", "OOM "),
        "has no memory left, and nothing was written: raise maxmemory of the server",
    ),
    (
        ("ReadOnlyError", "READONLY"),
        "cannot be written, as it copies another server: give the address of that one",
    ),
    (
        ("WRONGTYPE",),
        "is not a dedup index, its keys hold something else: give another ?name=",
    ),
)
OURS = ("name", "decode_responses")  # of the query, what the client must not see


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is.

    Attributes
    ----------
    url
        As the client takes it.
    prefix
        What the names of all keys of the index begin with.
    shown
        What messages call it: without user and password.
    """

    url: str
    prefix: str
    shown: str

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read an address.

        Raises
        ------
        ConfigError
            When it is none.

        Examples
        --------
        >>> Address.of("redis://ann:secret@localhost:6379/0?name=news")
        Address(url='redis://ann:secret@localhost:6379/0', prefix='news', \
shown='redis://localhost:6379/0?name=news')
        """
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        prefix = dict(query).get("name", DEFAULT_NAME)
        host = parts.netloc.rpartition("@")[2]
        told = [(key, value) for key, value in query if key == "db"] + [("name", prefix)]
        shown = f"{parts.scheme}://{host}{parts.path}?{urlencode(told)}"
        if not prefix:
            raise ConfigError.of("path", f"must have a name that is not empty, got {shown}")
        rest = urlencode([(key, value) for key, value in query if key not in OURS])
        bare = url.partition("?")[0].partition("#")[0]
        return cls(f"{bare}?{rest}" if rest else bare, prefix, shown)


def client_of(address: Address, timeout: float) -> "Redis":
    """Return a client; nothing is sent yet.

    Nothing is sent twice by itself: whether what was sent has been carried out is not known when a
    connection breaks.

    Raises
    ------
    MissingLibraryError
        When redis-py is not installed.
    ConfigError
        When the address has a part that the client does not know.
    """
    try:
        from redis import Redis  # noqa: PLC0415  optional
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "redis":  # it is there, but one that it needs is not
            raise
        raise MissingLibraryError("redis is missing: pip install redis", name="redis") from error
    tcp = {} if address.url.startswith("unix:") else {"socket_keepalive": True}
    try:
        client = Redis.from_url(
            address.url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=max(timeout, PATIENCE),
            socket_connect_timeout=PATIENCE,
            **tcp,
        )
        client.connection_pool.make_connection()
    except (TypeError, ValueError) as error:
        told = str(error).splitlines()[0]
        raise ConfigError.of(
            "path", f"must be an address that Redis knows, got {address.shown} ({told})"
        ) from error
    return client


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise what the client raises as a StoreError that names the server and the remedy."""
    import redis  # noqa: PLC0415  optional

    try:
        yield
    except redis.RedisError as error:
        raise StoreError(f"{where} {_said(error)}") from error


def _said(error: Exception) -> str:
    """Return what is wrong, and what can be done about it."""
    text = " ".join(str(error).split()).rpartition("caused error: ")[2]
    names = {cls.__name__ for cls in type(error).__mro__}
    for signs, said in CAUSES:
        if not names.isdisjoint(signs) or any(sign in text for sign in signs):
            return said.format(text)
    return f"refuses, and nothing was written: {text}"
