"""A lock on a server of Redis: one writer at a time, and none that was taken for dead."""

import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dedup.errors import StoreError

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

SECONDS = 30.0  # how long a holder that says nothing has it
POLL = 0.02  # seconds between two looks at a lock that others hold
SENT = 1 << 20  # bytes a second at which a commit travels at least

RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
FREE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return redis.call('EXISTS', KEYS[2])
"""


class Lock:
    """One that expires unless its holder renews it, as a thread does while it is held.

    A holder that was stopped for longer has lost it, and cannot know. So the transaction
    that writes watches the key of the lock, whose value is a token that nobody else has.
    """

    def __init__(self, client: "Redis", prefix: str, where: str, timeout: float) -> None:
        self._client, self._where, self._timeout = client, where, timeout
        self._key = f"{prefix}:lock"
        self._awaited = f"{prefix}:awaited"
        self._token = b""
        self._polite = False  # somebody waited when it was let go: let that one have it
        self._done = threading.Event()
        self._renewing: threading.Thread | None = None

    def _take(self) -> None:
        """Wait until it is ours.

        Raises
        ------
        StoreError
            When others had it for the whole time.
        """
        token, until = secrets.token_bytes(16), time.monotonic() + self._timeout
        if self._polite:
            time.sleep(min(2 * POLL, self._timeout))
        while not self._client.set(self._key, token, nx=True, px=round(1000 * SECONDS)):
            if time.monotonic() >= until:
                raise StoreError(
                    f"{self._where} is being written by others for more than {self._timeout:g} "
                    "seconds: wait for them, or give a longer timeout"
                )
            self._client.set(self._awaited, b"", px=round(10_000 * POLL))
            time.sleep(POLL * random.uniform(0.5, 1))  # noqa: S311  no secret
        self._token, self._done = token, threading.Event()
        self._renewing = threading.Thread(target=self._renew, args=(self._done,), daemon=True)
        self._renewing.start()

    def _renew(self, done: threading.Event) -> None:
        from redis import RedisError  # noqa: PLC0415  optional

        while not done.wait(SECONDS / 3):
            # An error now is one that whoever holds it meets too, or it is over at the next turn.
            with suppress(RedisError):
                self._prolong(SECONDS)

    def _prolong(self, seconds: float) -> None:
        self._client.eval(RENEW, 1, self._key, self._token, round(1000 * seconds))

    def settle(self, size: int) -> None:
        """Renew it once more, for as long as so many bytes may take, and leave it alone then."""
        self._rest()
        self._prolong(SECONDS + size / SENT)

    def _rest(self) -> None:
        self._done.set()
        if self._renewing is not None:
            self._renewing.join()
            self._renewing = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it."""
        from redis import RedisError  # noqa: PLC0415  optional

        self._take()
        try:
            yield
        finally:
            self._rest()
            with suppress(RedisError):  # it expires, and what was written is written
                found = self._client.eval(FREE, 2, self._key, self._awaited, self._token)
                self._polite = bool(found)

    def guard(self, pipe: "Pipeline") -> None:
        """Begin a transaction that is carried out only if the lock is ours all the time.

        Raises
        ------
        StoreError
            When it is not.
        """
        pipe.watch(self._key)  # type: ignore[no-untyped-call]
        if pipe.get(self._key) != self._token:
            raise self._lost()
        pipe.multi()

    def send(self, pipe: "Pipeline") -> None:
        """Send the transaction, which lets go of the lock.

        Raises
        ------
        StoreError
            When the lock is not ours any more, or the connection breaks.
        """
        from redis import ConnectionError, TimeoutError, WatchError  # noqa: A004, PLC0415

        pipe.delete(self._key)
        try:
            pipe.execute()
        except WatchError as error:
            raise self._lost() from error
        except (ConnectionError, TimeoutError) as error:
            raise StoreError(
                f"{self._where} was lost while it was written ({error}), and may have been written "
                "or not: do the same again, under the same ids"
            ) from error

    def _lost(self) -> StoreError:
        return StoreError(
            f"{self._where} was not written, as the lock is gone: this process stood still for "
            f"more than {SECONDS:g} seconds, or the server began anew; do the same again"
        )
