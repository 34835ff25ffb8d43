"""Checks of the names that a declaration gives or refers to."""

from collections.abc import Mapping, Sequence

from ropeway.features.mapping import FixedMapping
from ropeway.transforms.errors import DeclarationError

#: what stands between a view and a feature in the name of an output column
SEPARATOR = "__"

#: what Delta tables take in no column name
_UNWRITABLE = frozenset(" ,;{}()\n\t=")


def checked_name(name: object, what: str) -> str:
    """`name` itself if it is a string with something in it."""
    if not isinstance(name, str) or not name:
        raise DeclarationError(f"The name of {what} must be a string that is not empty, and {name!r} is not.")
    return name


def checked_output_name(name: object, what: str) -> str:
    """`name` itself if it can be part of the name of a column in any table."""
    text = checked_name(name, what)
    wrong = sorted(_UNWRITABLE & set(text))
    if wrong:
        raise DeclarationError(
            f"The name of {what} becomes part of column names, which hold no {', '.join(map(repr, wrong))}: {name!r}."
        )
    return text


def checked_view_name(name: object) -> str:
    """`name` itself if the view can be told from the feature where output columns are cut at their first `__`."""
    text = checked_output_name(name, "a feature view")
    if SEPARATOR in text or text.endswith("_"):
        raise DeclarationError(
            f"The name of a feature view must not contain '__' nor end in '_', since '__' ends it in the names of "
            f"output columns: {name!r}."
        )
    return text


def checked_column(name: object, what: str) -> str:
    """`name` itself if it can be the name of a column."""
    if not isinstance(name, str) or not name:
        raise DeclarationError(f"{what}: expected the name of a column, got {name!r}.")
    return name


def checked_columns(names: object, what: str) -> tuple[str, ...]:
    """The names of a list of columns, each of which stands there once."""
    if isinstance(names, str) or not isinstance(names, Sequence):
        example = names if isinstance(names, str) else "a"
        raise DeclarationError(f"{what}: expected a list of column names, such as [{example!r}], got {names!r}.")
    checked = tuple(checked_column(name, what) for name in names)
    repeated = [name for name in checked if checked.count(name) > 1]
    if repeated:
        raise DeclarationError(f"{what}: {repeated[0]!r} stands there twice.")
    return checked


def checked_mapping(items: object, what: str) -> FixedMapping:
    """The items of a mapping from strings to strings; None has none."""
    if items is None:
        return FixedMapping()
    if not isinstance(items, Mapping) or not all(isinstance(text, str) for pair in items.items() for text in pair):
        raise DeclarationError(f"{what}: expected a dict of strings to strings, got {items!r}.")
    return FixedMapping(items)


def checked_text(text: object, what: str) -> str:
    """`text` itself if it is a string."""
    if not isinstance(text, str):
        raise DeclarationError(f"{what}: expected a string, got {text!r}.")
    return text
