"""Checks the arguments of an index, and its settings against those that it was made with."""

import reprlib
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any, TypeGuard

import numpy as np
import xxhash

from dedup.arrays.columns import to_python_list
from dedup.arrays.packed import PackedTexts
from dedup.config import PRESETS, Config, ConfigLike
from dedup.errors import ConfigError, InputError, StoreError
from dedup.index.batch import SIGNATURE_VERSION
from dedup.index.stores.database import NO_INDEX
from dedup.index.stores.records import Id
from dedup.index.stores.store import Store

# Settings that change cleaned texts only, or the processing order: an index may be used with any.
FREE_SETTINGS = ("split_by", "keep", "min_tokens", "block_threshold")
INDEX_SETTINGS = tuple(item.name for item in fields(Config) if item.name not in FREE_SETTINGS)

EXPORT_REMEDY = "export it with the version that wrote it, and add that to a new index"
MAX_TIMEOUT_SECONDS = 2_000_000  # SQLite counts milliseconds in 32 bits


def checked_config(config: ConfigLike | None, overrides: dict[str, Any]) -> Config | None:
    """Return the settings of the caller, None if there are none."""
    if config is None and not overrides:
        return None
    settings = Config.of(config, overrides)
    if settings.keep not in ("auto", "first"):
        raise ConfigError.of(
            "keep", f"must be auto or first, since texts come one by one, got {settings.keep!r}"
        )
    return settings


def checked_ids(ids: Iterable[Id], count: int | None) -> list[Id]:
    """Return ids as a list; check each, and their number unless ``count`` is None."""
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
        raise InputError(f"ids must be a list or column of ids, got {type(ids).__name__}")
    values = [plain_id(value) for value in to_python_list(ids)]
    if count is not None and len(values) != count:
        raise InputError(f"ids must be as many as the texts, {count}, got {len(values)}")
    for place, value in enumerate(values):
        if not is_id(value):
            raise InputError(
                f"ids[{place}] must be a string of UTF-8 or a whole number of 64 bits, "
                f"got {reprlib.repr(value)}"
            )
    return values


def checked_timeout(timeout: object) -> float:
    """Return the seconds to wait for other writers."""
    if not isinstance(timeout, (int, float)) or not 0 <= timeout <= MAX_TIMEOUT_SECONDS:
        raise ConfigError.of(
            "timeout", f"must be 0 to {MAX_TIMEOUT_SECONDS:,} seconds, got {timeout!r}"
        )
    return timeout


def check_batch_name(name: object) -> None:
    """Refuse a value that cannot be the name of a batch."""
    if name is not None and not (isinstance(name, str) and name and _is_utf8(name)):
        raise ConfigError.of("batch", f"must be a string of UTF-8, not empty, got {name!r}")


def plain_id(value: object) -> Any:  # noqa: ANN401
    """Return an integer of numpy as a Python int, and any other value unchanged."""
    return int(value) if isinstance(value, np.integer) else value


def is_id(value: object) -> TypeGuard[Id]:
    """Return whether a value can be an id: a string of UTF-8, or a whole number of 64 bits."""
    if isinstance(value, str):
        return _is_utf8(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def index_config(store: Store, wanted: Config | None, *, create: bool = True) -> Config:
    """Return the settings that an index was made with; save them in a new index.

    Parameters
    ----------
    wanted
        The settings of the caller, None to use those of the index.

    Raises
    ------
    StoreError
        When the index was made by a version with other keys or settings, or is new and ``create``
        is false.
    ConfigError
        When a wanted setting differs.
    """
    with store.reading():
        stored = store.settings()
    if not stored:
        if not create:
            raise StoreError(NO_INDEX.format(store.name))
        with store.writing():
            stored = store.settings()  # another process may have been faster
            if not stored:
                stored = {"signature": SIGNATURE_VERSION, "config": asdict(wanted or Config())}
                store.save_settings(stored)
    if stored["signature"] != SIGNATURE_VERSION:
        raise StoreError(
            f"{store.name} was made by a version of dedup with signatures {stored['signature']}, "
            f"and this one has {SIGNATURE_VERSION}: {EXPORT_REMEDY}"
        )
    try:
        config = Config(**stored["config"])
    except (TypeError, ConfigError) as error:
        reason = f"settings that this version of dedup does not know ({reprlib.repr(str(error))})"
        raise StoreError(f"{store.name} has {reason}: {EXPORT_REMEDY}") from error
    if wanted is None:
        return config
    for name in INDEX_SETTINGS:
        stored_value, wanted_value = getattr(config, name), getattr(wanted, name)
        if stored_value != wanted_value:
            preset, flag = _preset_of(wanted, name), " --id-key id" if stored.get("keyed") else ""
            named = f" (as in preset {preset}); leave the preset or" if preset else "; leave"
            raise ConfigError(
                f"{store.name} was made with {name}={stored_value!r}, not {wanted_value!r}"
                f"{named} the setting out, or add the "
                "texts of this index to a new one with the setting (in Python by export() and "
                f"add(); in the command: dedup-clean index export {store.name} > texts.jsonl, then "
                f"dedup-clean texts.jsonl --index NEW{flag})"
            )
    return config


def _preset_of(config: Config, name: str) -> str:
    """Return the preset that sets a field of these settings, "" if there is none."""
    for preset, values in PRESETS.items():
        if name in values and all(getattr(config, key) == value for key, value in values.items()):
            return preset
    return ""


def save_id_source(store: Store, *, keyed: bool) -> None:
    """Save with the first texts whether the caller passed ids, or the index made them."""
    settings = store.settings()
    if settings.get("keyed") is None:
        store.save_settings(settings | {"keyed": keyed})


def ids_of_texts(texts: PackedTexts) -> list[Id]:
    """Return for each text an id that is made from the text: adding it again adds nothing.

    Examples
    --------
    >>> from dedup.arrays.packed import pack
    >>> ids_of_texts(pack(["The ferry was late.", "", None]))
    ['e83b892a1611994a1be63b07a343ef8f', '99aa06d3014798d86001c324468d497f', 'missing']
    """
    return [id_of_text(texts.encoded(row)) for row in range(len(texts))]


def id_of_text(utf8: bytes | None) -> Id:
    """Return the id of a text without one: xxh3, 128 bits in hexadecimal digits."""
    return "missing" if utf8 is None else xxhash.xxh3_128_hexdigest(utf8)
