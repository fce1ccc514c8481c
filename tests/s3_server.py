"""A server with the protocol of S3 for tests, in this process, on loopback."""

import logging
from functools import cached_property
from itertools import count
from typing import Any, Self

import pytest

KEY = "secret"
BUCKET_NUMBERS = count()
REASON = "a server of S3 is needed: pip install 'moto[s3]' flask flask-cors s3fs"


class S3Server:
    """One server, stopped at the end of a ``with``."""

    def __init__(self) -> None:
        pytest.importorskip("s3fs", reason=REASON)
        server = pytest.importorskip("moto.server", reason=REASON)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server: Any = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)

    def __enter__(self) -> Self:
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @cached_property
    def fs(self) -> Any:  # noqa: ANN401  s3fs has no types
        """A file system of its own, which does not share listings with the code under test."""
        import s3fs  # noqa: PLC0415  optional

        options = {"skip_instance_cache": True, "use_listings_cache": False}
        return s3fs.S3FileSystem(
            key="crawler",
            secret=KEY,
            endpoint_url=self.url,
            **options,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which s3fs finds the server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "crawler",
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


class Bucket:
    """A new bucket."""

    def __init__(self, fs: Any, scheme: str = "s3") -> None:  # noqa: ANN401  s3fs has no types
        self.name = f"news-{next(BUCKET_NUMBERS)}"
        self.url = f"{scheme}://{self.name}"
        self.fs = fs
        self.fs.mkdir(self.name)

    def put(self, key: str, content: bytes) -> str:
        """Write an object; return its address."""
        self.fs.pipe_file(f"{self.name}/{key}", content)
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        """Return the content of an object."""
        content: bytes = self.fs.cat_file(f"{self.name}/{key}")
        return content

    @property
    def keys(self) -> list[str]:
        """The names of all objects."""
        return sorted(path.removeprefix(f"{self.name}/") for path in self.fs.find(self.name))

    @property
    def open_uploads(self) -> list[str]:
        """The names of multi-part uploads that were neither completed nor aborted."""
        found = self.fs.call_s3("list_multipart_uploads", Bucket=self.name)
        return [upload["Key"] for upload in found.get("Uploads", [])]
