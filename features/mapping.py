"""Mappings that never change, so that they can be part of a value."""

from collections.abc import Iterator, Mapping

from ropeway.transforms.expressions import Expression


class FixedMapping(Mapping[str, str]):
    """Names to names, in the order given; equal to any mapping of the same items, hashable, picklable.

    >>> FixedMapping({"airport": "dest"}) == {"airport": "dest"}
    True
    """

    def __init__(self, items: Mapping[str, str] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> str:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(self._items)


class FixedExpressions(Mapping[str, Expression]):
    """Names to expressions; equal to any mapping of the same names to the same trees in the same order, hashable.

    >>> import ropeway as rw
    >>> FixedExpressions({"twice": rw.col("x") * 2}) == {"twice": rw.col("x") * 2}
    True
    """

    def __init__(self, items: Mapping[str, Expression] | None = None) -> None:
        self._items = dict(items or {})

    def __getitem__(self, key: str) -> Expression:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        # by their text: `==` of expressions makes another expression
        if not isinstance(other, Mapping):
            return NotImplemented
        return _texts(self) == _texts(other)

    def __hash__(self) -> int:
        return hash(tuple(_texts(self)))

    def __repr__(self) -> str:
        return repr(self._items)


def _texts(items: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, repr(made)) for name, made in items.items()]
