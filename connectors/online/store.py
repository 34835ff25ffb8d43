"""`OnlineStore`: records by their keys, in LMDB or Redis, and what is known of each view in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.connectors.online.records import Layout
from ropeway.transforms.errors import DataError, SupersededError, UsageError

#: what a description that this release writes says of its own form
FORMAT = 1
#: a record's key and its bytes
Item = tuple[bytes, bytes]


@dataclass(frozen=True)
class Stored:
    """What a store says of a view under one definition.

    definition: the view's hash. schema: its columns, by their short names. keys: its join keys, and what they compare
    as. until: the instant as of which it was written, in microseconds, None before it was for the first time. begun:
    that of the newest batch that began.
    """

    view: str
    definition: str
    schema: pa.Schema
    keys: Mapping[str, str]
    mode: str = "values"
    begun: int | None = None
    until: int | None = None
    entities: int = 0
    #: of an entity of which nothing is known, in hex digits; of states none is needed
    nothing: str = ""
    #: of states the schema of the source that their rows are of, in hex digits
    source: str = ""
    format: int = FORMAT

    @property
    def layout(self) -> Layout:
        """Of its records."""
        return Layout(self.view, self.tag, self.schema)

    @property
    def source_schema(self) -> pa.Schema:
        """Of states the schema of the source, under the names that features use."""
        return pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(self.source)))

    @property
    def tag(self) -> bytes:
        """Eight bytes of the definition's hash."""
        return bytes.fromhex(self.definition[:16])

    @property
    def prefix(self) -> bytes:
        """What the keys of its records begin with."""
        return b"rw:" + self.view.encode() + b":" + self.tag

    def to_json(self) -> bytes:
        """As the store holds it."""
        data = {
            **asdict(replace(self, schema=pa.schema([]))), "keys": list(self.keys.items()),
            "schema": self.schema.serialize().to_pybytes().hex(),
        }  # fmt: skip
        return json.dumps(data, sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Stored:
        """What `to_json` wrote; raises `DataError` for anything else."""
        try:
            made = json.loads(data)
            if made["format"] != FORMAT:
                raise DataError(
                    f"the store describes view {made.get('view')!r} in form {made['format']}, and this ropeway reads "
                    f"form {FORMAT}: look up by the same release as materialises."
                )
            schema = pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(made.pop("schema"))))
            return cls(**{**made, "keys": dict(made["keys"])}, schema=schema)
        except (ValueError, KeyError, TypeError, pa.ArrowException) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"the store's description of a view can't be read: {error}. Materialise anew.") from error


class OnlineStore:
    """Packed features of entities, for lookups: `rw.OnlineStore("lmdb:PATH")` or `rw.OnlineStore("redis://HOST/0")`.

    An LMDB store is a folder that several processes of one machine read while one writes. A Redis store is shared by
    machines: `redis://` or, encrypted, `rediss://`, with a host, a port and the number of a database; the password
    comes from ROPEWAY_REDIS_PASSWORD (and the user from ROPEWAY_REDIS_USER), never from the address.

    A store holds no connection before it is asked, and can be sent to other processes.

    >>> import ropeway as rw
    >>> rw.OnlineStore("lmdb:data/online")
    OnlineStore("lmdb:data/online")
    >>> rw.OnlineStore("data/online")
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: 'data/online' is no store: expected lmdb:PATH or redis://HOST:PORT/DB.
    """

    scheme: ClassVar[str] = ""
    #: whether processes of other machines reach it
    is_shared: ClassVar[bool] = False

    def __new__(cls, address: str, **_: Any) -> OnlineStore:
        return super().__new__(cls if cls is not OnlineStore else _class_of(address))

    def __init__(self, address: str, **options: Any) -> None:
        self.address = address
        self._options = options

    def __repr__(self) -> str:
        return f'OnlineStore("{self.address}")'

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.address, self._options)

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The records of some keys in one round trip; None of one that is not there."""
        raise NotImplementedError("a kind of store does it")

    async def aget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The same, while other work of this thread goes on, if the store is elsewhere."""
        return self.get(keys)

    def describe(self, view: str, tag: bytes) -> Stored | None:
        """What is known of a view under a definition; None if nothing was written."""
        raise NotImplementedError("a kind of store does it")

    def views(self) -> list[Stored]:
        """All views under all definitions."""
        raise NotImplementedError("a kind of store does it")

    def begin(self, stored: Stored) -> None:
        """Say that a batch begins; raises `SupersededError` if a newer one began before."""
        raise NotImplementedError("a kind of store does it")

    def write(self, stored: Stored, items: Iterable[Item]) -> int:
        """Write records, none of which replaces a newer one of its entity; how many were written.

        Raises `SupersededError` once a newer batch has begun.
        """
        raise NotImplementedError("a kind of store does it")

    def prune(self, stored: Stored) -> int:
        """Remove records of the view that older batches wrote and no newer row has changed; how many there were."""
        raise NotImplementedError("a kind of store does it")

    def finish(self, stored: Stored) -> None:
        """Say that a batch is whole."""
        raise NotImplementedError("a kind of store does it")

    def drop(self, view: str, tag: bytes) -> int:
        """Remove all that is stored of a view under a definition; how many records there were."""
        raise NotImplementedError("a kind of store does it")

    def close(self) -> None:
        """Give back what the store holds in this process; it opens anew when it is asked again."""
        raise NotImplementedError("a kind of store does it")

    async def aclose(self) -> None:
        """Give back what `alookup` holds in the loop that runs now."""

    def __enter__(self) -> OnlineStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Items, so many at a time."""
    held: list[Item] = []
    for item in items:
        held.append(item)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def meta_key(view: str, tag: bytes) -> bytes:
    """The key of a view's description."""
    return b"rw-view:" + view.encode() + b":" + tag.hex().encode()


def checked_begin(stored: Stored, known: Stored | None) -> Stored:
    """What stands in the store once a batch has begun."""
    assert stored.begun is not None
    if known is not None and known.begun is not None and known.begun > stored.begun:
        raise superseded(stored)
    return replace(known, begun=stored.begun) if known is not None else stored


def superseded(stored: Stored) -> SupersededError:
    """The error for what comes too late."""
    return SupersededError(
        f"view {stored.view!r}: a batch as of a later instant has begun to write it, and this one would bring back "
        f"what is older. Nothing is lost: the later one holds it too."
    )


def _class_of(address: str) -> type[OnlineStore]:
    if str(address).startswith("lmdb:") and address != "lmdb:":
        from ropeway.connectors.online.lmdb import LmdbStore

        return LmdbStore
    if str(address).startswith(("redis://", "rediss://")):
        from ropeway.connectors.online.redis import RedisStore

        return RedisStore
    raise UsageError(f"{address!r} is no store: expected lmdb:PATH or redis://HOST:PORT/DB.")


def _made(address: str, options: Mapping[str, Any]) -> OnlineStore:
    return OnlineStore(address, **options)
