"""A mapping that never changes, so that it can be part of a value."""

from collections.abc import Iterator, Mapping


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
