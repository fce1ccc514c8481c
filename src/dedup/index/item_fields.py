"""Where the items of a stream have their texts and ids."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dedup.errors import ConfigError, InputError, TextTypeError
from dedup.index.stores.protocol import Id
from dedup.index.validate import is_id, plain
from dedup.text.packed import is_missing

Where = str | Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class ItemFields:
    """Reads the text and the id of an item.

    Attributes
    ----------
    text
        The name of a field or attribute, or a function of the item; when None a string is its own
        text, and anything else has it under ``"text"``.
    id
        The same; no item has one when None.

    Raises
    ------
    ConfigError
        When one is neither a name nor a function.
    """

    text: Where
    id: Where

    def __post_init__(self) -> None:
        """Refuse what is neither a name nor a function."""
        for name, where in (("text", self.text), ("id", self.id)):
            if not (where is None or isinstance(where, str) or callable(where)):
                raise ConfigError.of(
                    name, f"must be the name of a field, or a function, got {where!r}"
                )

    def text_of(self, item: object, number: int) -> str | None:
        """Return the text of an item, None where it has none.

        Raises
        ------
        InputError
            When it lacks the field.
        TextTypeError
            When what it has is no text.

        Examples
        --------
        >>> ItemFields(None, None).text_of({"text": "The ferry was late."}, 0)
        'The ferry was late.'
        >>> ItemFields("body", None).text_of({"text": "The ferry was late."}, 7)
        Traceback (most recent call last):
            ...
        dedup.errors.InputError: item 7 has no body: say where its text is, as in text="content"
        """
        if self.text is None and (item is None or isinstance(item, str)):
            return item
        text = _read(item, "text" if self.text is None else self.text, number, "text", "content")
        if text is None or isinstance(text, str):
            return text
        if not is_missing(text):
            kind = type(text).__name__
            raise TextTypeError(f"item {number}: its text must be str or None, got {kind}")
        return None

    def id_of(self, item: object, number: int) -> Id | None:
        """Return the id of an item, None where items have none.

        Raises
        ------
        InputError
            When it lacks the field, or what it has is no id.
        """
        if self.id is None:
            return None
        name = plain(_read(item, self.id, number, "id", "url"))
        if not is_id(name):
            raise InputError(
                f"item {number}: its id must be a string or a whole number, got {name!r}"
            )
        return name


def check_items(items: object, kind: type) -> None:
    """Refuse what is no stream of items.

    Raises
    ------
    TextTypeError
        When it is one text, a table, or not to be iterated over.
    """
    what = "an iterable" if kind is Iterable else "an asynchronous iterable"
    name = type(items).__name__
    for is_wrong, remedy in (
        (isinstance(items, (str, bytes)), "; wrap it in a list"),
        (isinstance(items, Mapping), "; pass its values()"),
        (hasattr(items, "columns"), "; see dedup.adapters.tables"),
        (not isinstance(items, kind), ""),
    ):
        if is_wrong:
            raise TextTypeError(f"items must be {what} of items, got {name}{remedy}")


def _read(
    item: Any,  # noqa: ANN401
    where: str | Callable[[Any], Any],
    number: int,
    what: str,
    example: str,
) -> Any:  # noqa: ANN401
    if callable(where):
        return where(item)
    try:
        return item[where] if isinstance(item, Mapping) else getattr(item, where)
    except (KeyError, AttributeError) as error:
        raise InputError(
            f'item {number} has no {where}: say where its {what} is, as in {what}="{example}"'
        ) from error
