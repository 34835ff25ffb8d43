"""An online store in a folder: LMDB, which many processes of one machine read while one writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from ropeway.connectors.online.records import HEADER, age_of, ordered
from ropeway.connectors.online.store import (
    Item,
    OnlineStore,
    Stored,
    batches,
    checked_begin,
    meta_key,
    superseded,
)
from ropeway.transforms.errors import MissingDependencyError, StoreError

#: records of one transaction
_BATCH = 20_000
_GIB = 1 << 30
#: LMDB maps a file to memory of this size at most; nothing is taken of it before it is filled
_MAP = 256 * _GIB

#: what this process has open, by folder: LMDB wants a folder opened once
_OPEN: dict[tuple[int, str], Any] = {}


class LmdbStore(OnlineStore):
    """`lmdb:PATH`; see `OnlineStore`.

    map_size: bytes that the store may come to, 256 GiB if it is not said.
    """

    scheme: ClassVar[str] = "lmdb"

    def __init__(self, address: str, *, map_size: int = _MAP) -> None:
        super().__init__(address, **({} if map_size == _MAP else {"map_size": map_size}))
        self._path = Path(address.removeprefix("lmdb:")).expanduser().absolute()
        self._map = map_size

    def _environment(self, *, make: bool = False) -> Any:
        at = os.getpid(), str(self._path)
        if at not in _OPEN:
            try:
                import lmdb
            except ImportError as error:
                raise MissingDependencyError(f"{self} needs the package lmdb: pip install ropeway[online].") from error
            if not make and not (self._path / "data.mdb").exists():
                raise StoreError(f"{self}: there is no such store. Materialise a service into it first.")
            self._path.mkdir(parents=True, exist_ok=True)
            try:
                _OPEN[at] = lmdb.open(
                    str(self._path), map_size=self._map, max_readers=1024, readahead=False, max_spare_txns=16
                )
            except lmdb.Error as error:
                raise StoreError(f"{self} can't be opened: {error}.") from error
        return _OPEN[at]

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        import lmdb

        try:
            with self._environment(make=True).begin(write=True) as transaction:
                yield transaction
        except lmdb.MapFullError as error:
            raise StoreError(
                f"{self} is full: it may come to {self._map / _GIB:.1f} GiB. Give it more, by map_size=BYTES."
            ) from error
        except lmdb.Error as error:
            raise StoreError(f"{self} can't be written: {error}.") from error

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        import lmdb

        environment = self._environment()
        try:
            with environment.begin() as transaction:
                yield transaction
        except lmdb.Error as error:
            raise StoreError(f"{self} can't be read: {error}.") from error

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        with self._reading() as transaction:
            return list(map(transaction.get, keys))

    def describe(self, view: str, tag: bytes) -> Stored | None:
        with self._reading() as transaction:
            return _described(transaction, view, tag)

    def views(self) -> list[Stored]:
        with self._reading() as transaction:
            return [Stored.from_json(value) for _, value in _under(transaction, b"rw-view:")]

    def begin(self, stored: Stored) -> None:
        with self._writing() as transaction:
            made = checked_begin(stored, _described(transaction, stored.view, stored.tag))
            transaction.put(meta_key(stored.view, stored.tag), made.to_json())

    def write(self, stored: Stored, items: Iterable[Item]) -> int:
        written = 0
        for some in batches(items, _BATCH):
            with self._writing() as transaction:
                self._check(transaction, stored)
                for key, record in some:
                    there = transaction.get(key)
                    if there is None or len(there) < HEADER or age_of(there) <= age_of(record):
                        transaction.put(key, record)
                        written += 1
        return written

    def prune(self, stored: Stored) -> int:
        assert stored.begun is not None
        bound = ordered(stored.begun)
        with self._writing() as transaction:
            self._check(transaction, stored)
            old = [
                key for key, record in _under(transaction, stored.prefix)
                if len(record) < HEADER or age_of(record)[0] < bound
            ]  # fmt: skip
            for key in old:
                transaction.delete(key)
        return len(old)

    def finish(self, stored: Stored) -> None:
        with self._writing() as transaction:
            self._check(transaction, stored)
            transaction.put(meta_key(stored.view, stored.tag), stored.to_json())

    def drop(self, view: str, tag: bytes) -> int:
        with self._writing() as transaction:
            stored = _described(transaction, view, tag)
            keys = [] if stored is None else [key for key, _ in _under(transaction, stored.prefix)]
            for key in keys:
                transaction.delete(key)
            transaction.delete(meta_key(view, tag))
        return len(keys)

    def close(self) -> None:
        environment = _OPEN.pop((os.getpid(), str(self._path)), None)
        if environment is not None:
            environment.close()

    @staticmethod
    def _check(transaction: Any, stored: Stored) -> None:
        known = _described(transaction, stored.view, stored.tag)
        assert stored.begun is not None
        if known is not None and known.begun is not None and known.begun > stored.begun:
            raise superseded(stored)


def _described(transaction: Any, view: str, tag: bytes) -> Stored | None:
    found = transaction.get(meta_key(view, tag))
    return None if found is None else Stored.from_json(found)


def _under(transaction: Any, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
    with transaction.cursor() as cursor:
        if cursor.set_range(prefix):
            for key, value in cursor:
                if not key.startswith(prefix):
                    return
                yield key, value
