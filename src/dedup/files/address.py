"""Addresses of remote objects, such as ``s3://bucket/news.jsonl``, used like local paths."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from dedup.errors import DedupError, InputError, OutputError
from dedup.files.remote_stores import READ_ONLY, hide_secrets, open_store, scheme_of, why_failed

if TYPE_CHECKING:
    from dedup.files.downloads import Download

READ_AHEAD_BYTES, REMOTE_BUFFER_BYTES = 1 << 20, 1 << 18
DOWNLOAD_BYTES = 1 << 22  # requested at a time
STREAMED_READS = (*READ_ONLY, "hf")  # stores that send a whole object in one response
ObjectInfo = dict[str, Any]
# What tells two versions of an object from each other; each store has some of these.
_VERSION_KEYS = (
    *("size", "ETag", "etag", "LastModified", "Last-Modified", "last_modified", "mtime"),
    *("updated", "generation", "blob_id", "md5Hash", "Content-MD5", "created"),
)


class ObjectStatus(NamedTuple):
    """What ``Address.stat`` returns."""

    st_size: int  # bytes; 0 if unknown


@dataclass(slots=True)
class _Session:
    """What addresses that were derived from one another share."""

    store: Any = None  # file system of fsspec
    infos: dict[str, ObjectInfo | None] = field(default_factory=dict)  # by URL; None if missing


class Address:
    """A remote object or folder.

    It has those methods of ``pathlib.Path`` that the package calls on inputs and outputs, so other
    code need not tell them from local paths. Whether an object exists, and its size, is requested
    once.

    Parameters
    ----------
    url
        The address, with its scheme in small or capital letters.

    Examples
    --------
    >>> address = Address("s3://bucket/crawl") / "2026" / "news.jsonl.gz"
    >>> address, address.name, address.parent.name
    (Address('s3://bucket/crawl/2026/news.jsonl.gz'), 'news.jsonl.gz', '2026')
    >>> str(Address("https://news.example/a.jsonl?signature=secret"))
    'https://news.example/a.jsonl'
    """

    copy: "Download | None" = None  # the local copy that is read in place of the object

    def __init__(self, url: str, session: _Session | None = None) -> None:
        self.scheme = scheme_of(url)
        self.url = self.scheme + url[len(self.scheme) :]
        self._session = session or _Session()

    def __str__(self) -> str:
        """Return the address without passwords, and without the query, which may sign it."""
        return hide_secrets(self.url)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self.url.rstrip("/") == other.url.rstrip("/")

    def __hash__(self) -> int:
        return hash(self.url.rstrip("/"))

    def __truediv__(self, name: str) -> "Address":
        return Address(f"{self.url.rstrip('/')}/{name}", self._session)

    @property
    def parts(self) -> tuple[str, ...]:
        """The scheme and bucket or host, and the names below it."""
        scheme, _, path = str(self).rstrip("/").partition("://")
        first, *names = path.split("/")
        return (f"{scheme}://{first}", *names)

    @property
    def name(self) -> str:
        """The last part."""
        return self.parts[-1]

    @property
    def suffix(self) -> str:
        """The ending of the name, with its dot."""
        stem, dot, ending = self.name.rpartition(".")
        return dot + ending if stem and ending else ""

    @property
    def parent(self) -> "Address":
        """The folder around the object."""
        url = self.url.partition("?")[0] if self.scheme in READ_ONLY else self.url
        around = url.rstrip("/").rpartition("/")[0]
        return self if around.endswith("/") else Address(around, self._session)

    @property
    def parents(self) -> "Sequence[Address]":
        """All folders around the object, the nearest first."""
        around = [self.parent]
        while len(around) < len(self.parts) - 1:
            around.append(around[-1].parent)
        return around

    def with_name(self, name: str) -> "Address":
        """Return the address with another name."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> "Address":
        """Return the address with another ending of its name."""
        return self.with_name(self.name.removesuffix(self.suffix) + suffix)

    @cached_property
    def path(self) -> str:
        """The path in the store."""
        if self._session.store is None:
            self._session.store, path = open_store(self.url, str(self))
            return path
        return str(type(self._session.store)._strip_protocol(self.url))  # noqa: SLF001  url_to_fs does so

    @property
    def store(self) -> Any:  # noqa: ANN401  fsspec has no types
        """The file system of fsspec."""
        _ = self.path  # opens it
        return self._session.store

    def exists(self) -> bool:
        """Tell whether there is such an object or folder; False without access."""
        return self._info is not None

    def is_dir(self) -> bool:
        """Tell whether it is a folder: the beginning of the names of objects."""
        if self.scheme in READ_ONLY:  # a web server has no folders
            return False
        return self._info is not None and self._info["type"] == "directory"

    def is_file(self) -> bool:
        """Tell whether it is an object."""
        return self._info is not None and self._info["type"] != "directory"

    def is_symlink(self) -> bool:
        """Return False."""
        return False

    def stat(self) -> ObjectStatus:
        """Return the size."""
        info = self._info
        return ObjectStatus(int((info or {}).get("size") or 0))

    def is_absolute(self) -> bool:
        """Return True."""
        return True

    def remember(self, found: ObjectInfo) -> None:
        """Note what a listing says about the object."""
        self._session.infos[self.url.rstrip("/")] = found

    @property
    def _info(self) -> ObjectInfo | None:
        url, infos = self.url.rstrip("/"), self._session.infos
        if url not in infos:
            with self.explained():
                try:
                    infos[url] = self.store.info(self.path)
                except (FileNotFoundError, PermissionError):  # reading or writing reports why
                    infos[url] = None
        return infos[url]

    def version(self) -> tuple[str, ...]:
        """Return what changes when the object does, as the store says now."""
        with self.explained():
            self.store.invalidate_cache(self.path)
            found = self.store.info(self.path)
        return tuple(str(found.get(key)) for key in _VERSION_KEYS)

    def open(self, mode: str = "rb", *, seekable: bool = False) -> BinaryIO:
        """Return the object as a buffered file, or its local copy.

        Parameters
        ----------
        mode
            Always ``"rb"``: ``StagedFiles`` writes.
        seekable
            Whether it is not read from beginning to end. A web server may not support that.

        Raises
        ------
        InputError
            When it cannot be opened; while reading, when the store fails.
        """
        assert mode == "rb", "StagedFiles writes"
        if self.copy is not None:
            return self.copy.open()
        is_streamed = self.scheme in STREAMED_READS and not seekable
        with self.explained():
            file = self.store.open(
                self.path, "rb", block_size=0 if is_streamed else READ_AHEAD_BYTES
            )
        return io.BufferedReader(_RemoteFile(self, file), REMOTE_BUFFER_BYTES)

    def open_for_copy(self) -> Any:  # noqa: ANN401
        """Return the object as a file of the store, for reading ``DOWNLOAD_BYTES`` at a time."""
        if self.scheme in STREAMED_READS:
            return self.store.open(self.path, "rb", block_size=0)
        return self.store.open(self.path, "rb", block_size=DOWNLOAD_BYTES, cache_type="none")

    def read_bytes(self) -> bytes:
        """Return the content.

        Raises
        ------
        InputError
            When it cannot be read.
        """
        with self.explained():
            content: bytes = self.store.cat_file(self.path)
        return content

    @contextmanager
    def explained(self, kind: type[InputError | OutputError] = InputError) -> Iterator[None]:
        """Raise an error of the store as one that names the address, the reason and the remedy."""
        try:
            yield
        except (DedupError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001  each library has its own
            # The error of a signed address contains it.
            cause = error if str(self) == self.url else None
            reason = why_failed(error, self.scheme, is_output=kind is OutputError)
            raise kind(f"{self}: {reason}") from cause


class _RemoteFile(io.RawIOBase):
    """A file of a store; an error names the address."""

    def __init__(self, address: Address, file: Any) -> None:  # noqa: ANN401
        self._address, self._file = address, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any buffer
        with self._address.explained():
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
