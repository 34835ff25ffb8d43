"""What all declarations share: they never change, compare by value, and go into JSON and come back."""

from __future__ import annotations

import copy
import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression

#: of what `to_dict` gives; a larger number is written by a later version
FORMAT = 1
#: where kinds are declared that stand in the place of another, and may not be loaded yet
_HOMES = {"LabelView": "ropeway.features.labels", "AppliedSource": "ropeway.features.chain"}


class Value:
    """Compares by its fields, which are those of a frozen dataclass; expressions compare as trees."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def _compared(self) -> tuple[object, ...]:
        """The fields as hashable values that are equal where the fields are."""
        return tuple(_comparable(getattr(self, name)) for name in self.__dataclass_fields__)

    def _set(self, **values: object) -> None:
        """Fill the fields, once, while the value is made."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _with(self, **changes: object) -> Self:
        """A value that differs in these fields."""
        made = copy.copy(self)
        for name, value in changes.items():
            object.__setattr__(made, name, value)
        return made


class Declaration(Value):
    """A value that can be stored: `from_dict` of its `to_dict` is equal to it."""

    def to_dict(self) -> dict[str, Any]:
        """The declaration as JSON data; raises `DeclarationError` if a frame is the table of a source in it."""
        return {"format": FORMAT, "kind": type(self).__name__, **self._stored()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The declaration that `to_dict` wrote, or one of a subclass; raises `DeclarationError` for anything else."""
        if (home := _HOMES.get(str(_kind(data)))) is not None:
            importlib.import_module(home)
        for kind in cls.__subclasses__():
            if _kind(data) == kind.__name__:
                return kind.from_dict(data)
        _check_kind(data, cls.__name__)
        if data.get("format") != FORMAT:
            raise DeclarationError(
                f"This {cls.__name__} is stored in format {data.get('format')!r}, and this version of ropeway reads "
                f"format {FORMAT}: read it with the version that wrote it, or a later one."
            )
        try:
            return cls._restored({name: value for name, value in data.items() if name not in ("format", "kind")})
        except (KeyError, TypeError, AttributeError) as error:
            raise DeclarationError(f"This stored {cls.__name__} is broken: {error!r}.") from error

    def _stored(self) -> dict[str, Any]:
        """The fields as JSON data without those that have their default, so that later versions may add some."""
        raise NotImplementedError("a subclass says how it is stored")

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        """The declaration of which `_stored` made `data`."""
        raise NotImplementedError("a subclass says how it is stored")


def _kind(data: object) -> object:
    return data.get("kind") if isinstance(data, Mapping) else None


def _check_kind(data: object, kind: str) -> None:
    if _kind(data) != kind:
        raise DeclarationError(f"Expected what {kind}.to_dict() gives, got {data!r}.")


def without_defaults(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` less what is None or empty."""
    return {name: value for name, value in data.items() if value is not None and value not in ("", [], {})}


def _comparable(value: object) -> object:
    return (Expression, repr(value)) if isinstance(value, Expression) else value
