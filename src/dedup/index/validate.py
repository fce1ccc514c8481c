"""What is given to an index, and what one was made with: checked."""

import reprlib
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any, TypeGuard

import numpy as np
import xxhash

from dedup.arrays.columns import to_python_list
from dedup.arrays.packed import PackedTexts
from dedup.config import Config, ConfigLike
from dedup.errors import ConfigError, InputError, StoreError
from dedup.index.batch import SIGNATURE
from dedup.index.stores.database import NO_INDEX
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store

NOT_OF_AN_INDEX = ("block", "keep", "min_tokens", "block_threshold")  # they only cut texts
INDEX_SETTINGS = tuple(item.name for item in fields(Config) if item.name not in NOT_OF_AN_INDEX)

EXPORT = "export it with the version that wrote it, and add that to a new index"
LONGEST = 2_000_000  # seconds of a timeout: SQLite counts milliseconds in 32 bits


def checked_config(config: ConfigLike | None, overrides: dict[str, Any]) -> Config | None:
    """Return the settings that were asked for, None where none were."""
    if config is None and not overrides:
        return None
    given = Config.of(config, overrides)
    if given.keep not in ("auto", "first"):
        raise ConfigError.of(
            "keep", f"must be auto or first, as texts come one by one, got {given.keep!r}"
        )
    return given


def checked_ids(ids: Iterable[Id], count: int | None) -> list[Id]:
    """Return ids as a list."""
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
        raise InputError(f"ids must be a list or column of names, got {type(ids).__name__}")
    names = [plain(name) for name in to_python_list(ids)]
    if count is not None and len(names) != count:
        raise InputError(f"ids must be as many as the texts, {count}, got {len(names)}")
    for place, name in enumerate(names):
        if not is_id(name):
            raise InputError(
                f"ids[{place}] must be a string of UTF-8 or a whole number of 64 bits, "
                f"got {reprlib.repr(name)}"
            )
    return names


def checked_timeout(timeout: object) -> float:
    """Return seconds to wait for others."""
    if not isinstance(timeout, (int, float)) or not 0 <= timeout <= LONGEST:
        raise ConfigError.of("timeout", f"must be 0 to {LONGEST:,} seconds, got {timeout!r}")
    return timeout


def check_batch(name: object) -> None:
    """Refuse what is no name of a batch."""
    if name is not None and not (isinstance(name, str) and name and _is_utf8(name)):
        raise ConfigError.of("batch", f"must be a string of UTF-8, not empty, got {name!r}")


def plain(name: object) -> Any:  # noqa: ANN401
    """Return a whole number of numpy as one of Python, which an id has to be."""
    return int(name) if isinstance(name, np.integer) else name


def is_id(name: object) -> TypeGuard[Id]:
    """Tell whether something can be an id: a string of UTF-8, or a whole number of 64 bits."""
    if isinstance(name, str):
        return _is_utf8(name)
    return isinstance(name, int) and not isinstance(name, bool) and abs(name) < 1 << 63


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def settled(store: Store, given: Config | None, *, create: bool = True) -> Config:
    """Return the settings that an index was made with; save them when it is new.

    Raises
    ------
    StoreError
        When it was made by a version that gives other keys, or by one with other settings, or when
        it is new and not to be created.
    ConfigError
        When other settings were asked for.
    """
    with store.reading():
        noted = store.settings()
    if not noted:
        if not create:
            raise StoreError(NO_INDEX.format(store.name))
        with store.writing():
            noted = store.settings()  # another process may have been faster
            if not noted:
                noted = {"signature": SIGNATURE, "config": asdict(given or Config())}
                store.save_settings(noted)
    if noted["signature"] != SIGNATURE:
        raise StoreError(
            f"{store.name} was made by a version of dedup with signatures {noted['signature']}, "
            f"and this one has {SIGNATURE}: {EXPORT}"
        )
    try:
        config = Config(**noted["config"])
    except (TypeError, ConfigError) as error:
        wrong = f"settings that this version of dedup does not know ({reprlib.repr(str(error))})"
        raise StoreError(f"{store.name} has {wrong}: {EXPORT}") from error
    for item in INDEX_SETTINGS if given is not None else ():
        made, wanted = getattr(config, item), getattr(given, item)
        if made != wanted:
            flag = " --id-key id" if noted.get("keyed") else ""
            raise ConfigError(
                f"{store.name} was made with {item}={made!r}, not {wanted!r}; leave the setting "
                "out, or make a new index: dedup-clean index export INDEX > texts.jsonl, then "
                f"dedup-clean texts.jsonl --index NEW{flag} with the setting"
            )
    return config


def note_ids(store: Store, *, keyed: bool) -> None:
    """Note with the first texts whether their ids were given."""
    noted = store.settings()
    if noted.get("keyed") is None:
        store.save_settings(noted | {"keyed": keyed})


def ids_of_texts(texts: PackedTexts) -> list[Id]:
    """Return an id for each text that is made of the text: to add it again adds nothing.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> ids_of_texts(pack(["The ferry was late.", "", None]))
    ['e83b892a1611994a1be63b07a343ef8f', '99aa06d3014798d86001c324468d497f', 'missing']
    """
    return [id_of_text(texts.encoded(row)) for row in range(len(texts))]


def id_of_text(utf8: bytes | None) -> Id:
    """Return the id of a text that has none: the same whichever door it comes through."""
    return "missing" if utf8 is None else xxhash.xxh3_128_hexdigest(utf8)
