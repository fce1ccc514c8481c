"""A server with the protocol of Google Storage for tests, in this process, on loopback."""

from functools import cached_property
from http import HTTPStatus
from typing import Any, Self

import pytest

REASON = "a server of Google Storage is needed: pip install gcp-storage-emulator gcsfs"


def abort_upload(request: Any, response: Any, storage: Any) -> None:  # noqa: ANN401  no types
    """Answer as Google does; the emulator has no such method."""
    storage.delete_resumable_file_obj(request.query["upload_id"][0])
    response.status = HTTPStatus.NO_CONTENT


class GoogleServer:
    """One server, stopped at the end of a ``with``."""

    def __init__(self) -> None:
        pytest.importorskip("gcsfs", reason=REASON)
        emulator: Any = pytest.importorskip("gcp_storage_emulator.server", reason=REASON)
        uploads = [methods for path, methods in emulator.HANDLERS if path.startswith("^/upload/")]
        for methods in uploads:
            methods["DELETE"] = abort_upload
        self._server = emulator.create_server("127.0.0.1", 0, in_memory=True)

    def __enter__(self) -> Self:
        self._server.start()
        server = self._server._api._httpd  # noqa: SLF001  it chose the port
        server.handle_error = lambda *_: None  # it would print that a client closed a connection
        self.url = "http://{}:{}".format(*server.server_address)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @cached_property
    def fs(self) -> Any:  # noqa: ANN401  gcsfs has no types
        """A file system of its own, which does not share listings with the code under test."""
        import gcsfs  # noqa: PLC0415  optional

        options = {"skip_instance_cache": True, "use_listings_cache": False, "token": "anon"}
        return gcsfs.core.GCSFileSystem(endpoint_url=self.url, **options)

    @property
    def open_uploads(self) -> list[str]:
        """The names of uploads that were neither completed nor aborted."""
        files = self._server._storage.resumable.values()  # noqa: SLF001  it has no request for this
        return [file["name"] for file in files]
