"""Stores of remote data: the library that opens an address, and why a request to a store failed."""

import re
from importlib import import_module
from typing import Any, NamedTuple

from dedup.errors import ConfigError, MissingLibraryError

READ_ONLY = ("http", "https")
STREAMED_WRITES = ("s3", "s3a", "gs", "gcs")  # stores that show an upload when it is completed
MAX_REASON_LETTERS = 200  # of a message of a library
_CHAIN = re.compile(r"::[A-Za-z][A-Za-z0-9+.-]*://")  # of file systems, as in zip://a::s3://b/c


class RemoteStore(NamedTuple):
    """What a scheme such as ``s3`` needs."""

    packages: str  # to install
    credentials: str  # how its library finds credentials


_REMOTE_EXTRA = "'dedup-clean[remote]'"
_S3 = RemoteStore(_REMOTE_EXTRA, "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
_GOOGLE = RemoteStore(
    f"{_REMOTE_EXTRA} gcsfs",
    "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
)
_AZURE = RemoteStore(f"{_REMOTE_EXTRA} adlfs", "set AZURE_STORAGE_CONNECTION_STRING")
_HTTP = RemoteStore(_REMOTE_EXTRA, "check the address, which may have expired")
_SFTP = RemoteStore(f"{_REMOTE_EXTRA} paramiko", "check the user and the keys of SSH")
_STORES = {
    "s3": _S3,
    "s3a": _S3,
    "gs": _GOOGLE,
    "gcs": _GOOGLE,
    "hf": RemoteStore(f"{_REMOTE_EXTRA} huggingface_hub", "run hf auth login, or set HF_TOKEN"),
    "az": _AZURE,
    "abfs": _AZURE,
    "http": _HTTP,
    "https": _HTTP,
    "sftp": _SFTP,
    "ssh": _SFTP,
}
KNOWN_SCHEMES = (*_STORES,)
_UNKNOWN_STORE = RemoteStore(_REMOTE_EXTRA, "see the library of the store")
# Reasons, by the names of exceptions: their classes belong to libraries that may be missing.
_REASONS = {
    "no credentials found; {credentials}": """NoCredentialsError PartialCredentialsError
        DefaultCredentialsError ProfileNotFound LocalTokenNotFoundError""",
    "access denied; {credentials}": """PermissionError GatedRepoError AuthenticationException
        http401 http403""",
    "changed while it was read; run again when it is complete": "FileExpired",
    "no such {kind}; check the address": """FileNotFoundError NoSuchBucket NoSuchKey http404
        EntryNotFoundError RepositoryNotFoundError RevisionNotFoundError""",
    "cannot connect to the store; check the address, the endpoint and the network": """
        EndpointConnectionError ClientConnectorError ClientConnectorDNSError ConnectError gaierror
        ConnectionError""",
    "the store does not answer in time; check the network, and run again": """TimeoutError
        FSTimeoutError ConnectTimeoutError ReadTimeoutError ConnectTimeout ReadTimeout""",
}


def scheme_of(url: str) -> str:
    """Return the scheme of an address.

    Examples
    --------
    >>> scheme_of("s3://bucket/news.jsonl")
    's3'
    """
    return url.partition("://")[0].lower()


def hide_secrets(text: str) -> str:
    """Return a text in which addresses have no passwords, and no queries, which may sign them.

    Examples
    --------
    >>> hide_secrets("https://me:secret@news.example/a.jsonl?signature=secret is missing")
    'https://news.example/a.jsonl is missing'
    """
    text = re.sub(r"(?<=://)[^\s/@]*:[^\s/@]*@", "", text)
    return re.sub(r"""(https?://[^\s?'"]*)\?[^\s'"]*""", r"\1", text)


def open_store(url: str, shown: str) -> tuple[Any, str]:
    """Return the file system of fsspec for an address, and the path in it.

    Parameters
    ----------
    shown
        The address as messages show it.

    Raises
    ------
    ConfigError
        When no library of fsspec reads such addresses, or file systems are chained with ``::``.
    MissingLibraryError
        When the library is not installed; the message says how to install it.
    """
    scheme = scheme_of(url)
    store = _STORES.get(scheme, _UNKNOWN_STORE)
    if store is _GOOGLE:
        _keep_warnings_of_gcsfs_from_stderr()
    if _CHAIN.search(url):
        raise ConfigError(
            f"{shown}: chains file systems with '::', which is not supported; copy the file to "
            "this machine and unpack it there"
        )
    try:
        fsspec = import_module("fsspec")
        if scheme not in fsspec.available_protocols():
            raise ConfigError(
                f"{shown}: fsspec knows no {scheme}:// addresses; choose a local path, or "
                "s3://, gs://, hf:// or https://"
            )
        options = (
            _without_time_limit(fsspec.config.conf.get(scheme, {})) if scheme in READ_ONLY else {}
        )
        # Not ``url_to_fs``, which takes "::" in the name of an object for a chain.
        fs_class = fsspec.get_filesystem_class(scheme)
        fs = fs_class(**fs_class._get_kwargs_from_urls(url), **options)  # noqa: SLF001
        path = str(fs_class._strip_protocol(url))  # noqa: SLF001
    except ImportError as error:
        raise MissingLibraryError(
            f"{shown}: {scheme}:// addresses need another library: pip install {store.packages}",
            name=getattr(error, "name", None),
        ) from error
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{shown}: is no address of {scheme}:// ({_first_line(error)})") from None
    fs.invalidate_cache()  # file systems are shared in a process, and so are their old listings
    return fs, path


def _keep_warnings_of_gcsfs_from_stderr() -> None:
    """Let only handlers of the caller have them: gcsfs warns whenever it has no credentials."""
    import logging  # noqa: PLC0415  takes 4 ms, and a local job needs none

    logger = logging.getLogger("gcsfs")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _without_time_limit(configured: dict[str, Any]) -> dict[str, Any]:
    """Return the options with which a download over HTTP may last longer than five minutes."""
    timeout = import_module("aiohttp").ClientTimeout(total=None, sock_connect=30, sock_read=60)
    return {"client_kwargs": {"timeout": timeout} | configured.get("client_kwargs", {})}


def why_failed(error: Exception, scheme: str, *, is_output: bool = False) -> str:
    """Return why a request to a store failed, and the remedy.

    Parameters
    ----------
    is_output
        Whether an object was written: only its bucket can then be missing.

    Examples
    --------
    >>> why_failed(PermissionError("Forbidden"), "hf")
    'access denied; run hf auth login, or set HF_TOKEN'
    >>> why_failed(FileNotFoundError("key"), "s3")
    'no such object, folder or bucket; check the address'
    """
    credentials = _STORES.get(scheme, _UNKNOWN_STORE).credentials
    kind = "file" if scheme in READ_ONLY else "object, folder or bucket"
    if is_output and scheme in STREAMED_WRITES:
        kind = "bucket"
    # fsspec reports a web server that does not answer as a missing file.
    for failure in filter(None, (error.__cause__, error)):
        names = {one.__name__ for one in type(failure).__mro__}
        names.add(f"http{getattr(failure, 'status', '')}")  # of aiohttp
        if "Unable to locate credentials" in str(failure):
            names.add("NoCredentialsError")
        for reason, of_errors in _REASONS.items():
            if not names.isdisjoint(of_errors.split()):
                return reason.format(credentials=credentials, kind=kind)
    return f"the store failed ({_first_line(error)}); run again, or copy it to this machine first"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return hide_secrets(lines[0])[:MAX_REASON_LETTERS].rstrip(".")
