"""An online store that machines share: Redis."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from ropeway.connectors.online.records import ordered
from ropeway.connectors.online.store import (
    Item,
    OnlineStore,
    Stored,
    batches,
    checked_begin,
    meta_key,
    superseded,
)
from ropeway.transforms.errors import MissingDependencyError, StoreError, UsageError

#: records of one call of a script, and keys of one scan
_BATCH, _SCAN = 2_000, 5_000
_VIEWS = b"rw-views"
#: KEYS: the description's mark of the newest batch, then records; ARGV: the batch, then records. -1: superseded
_WRITE = """
local begun = redis.call('GET', KEYS[1])
if begun and begun > ARGV[1] then return -1 end
local written = 0
for i = 2, #KEYS do
  local old = redis.call('GETRANGE', KEYS[i], 16, 31)
  local keep = false
  if #old == 16 then
    local n0, n1, a0, a1 = struct.unpack('<I4I4I4I4', old)
    local m0, m1, b0, b1 = struct.unpack('<I4I4I4I4', ARGV[i], 17)
    if a1 ~= b1 then keep = a1 > b1
    elseif a0 ~= b0 then keep = a0 > b0
    elseif n1 ~= m1 then keep = n1 > m1
    else keep = n0 > m0 end
  end
  if not keep then
    redis.call('SET', KEYS[i], ARGV[i])
    written = written + 1
  end
end
return written
"""
#: KEYS: the mark, then records; ARGV: the batch, then its upper and lower 32 bits
_PRUNE = """
local begun = redis.call('GET', KEYS[1])
if begun and begun > ARGV[1] then return -1 end
local gone = 0
for i = 2, #KEYS do
  local old = redis.call('GETRANGE', KEYS[i], 24, 31)
  local a0, a1 = 0, 0
  if #old == 8 then a0, a1 = struct.unpack('<I4I4', old) end
  if a1 < tonumber(ARGV[2]) or (a1 == tonumber(ARGV[2]) and a0 < tonumber(ARGV[3])) then
    gone = gone + redis.call('DEL', KEYS[i])
  end
end
return gone
"""
#: KEYS: the mark, the description, the set of views; ARGV: the batch, the description. -1: superseded
_DESCRIBE = """
local begun = redis.call('GET', KEYS[1])
if begun and begun > ARGV[1] then return -1 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SADD', KEYS[3], KEYS[2])
return 1
"""


class RedisStore(OnlineStore):
    """`redis://HOST:PORT/DB`, or `rediss://` over TLS; see `OnlineStore`.

    timeout: seconds to wait for an answer, and to connect. retries: how often what failed is tried again. connections:
    how many a process opens at most.
    """

    scheme: ClassVar[str] = "redis"
    is_shared: ClassVar[bool] = True

    def __init__(self, address: str, *, timeout: float = 2.0, retries: int = 2, connections: int = 64) -> None:
        options = {"timeout": timeout, "retries": retries, "connections": connections}
        defaults = {"timeout": 2.0, "retries": 2, "connections": 64}
        super().__init__(address, **{name: one for name, one in options.items() if one != defaults[name]})
        parts = urlsplit(address)
        if parts.password or parts.username:
            raise UsageError(
                f"the address of a store on {parts.hostname!r} holds a user or a password, which logs would show: set "
                f"ROPEWAY_REDIS_PASSWORD, and ROPEWAY_REDIS_USER, instead."
            )
        path = parts.path.strip("/")
        if not parts.hostname or (path and not path.isdigit()) or parts.query:
            raise UsageError(
                f"{address!r} is no store: expected redis://HOST:PORT/DB, such as redis://localhost:6379/0."
            )
        self._where: dict[str, Any] = {"host": parts.hostname, "port": parts.port or 6379, "db": int(path or 0)}
        self._secure = parts.scheme == "rediss"
        self._timeout = timeout
        self._retries = retries
        self._connections = connections
        self._client: tuple[int, Any] | None = None
        self._waiting_clients: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def client(self) -> Any:
        """The connections of this process."""
        if self._client is None or self._client[0] != os.getpid():
            try:
                from redis import Redis
            except ImportError as error:
                raise MissingDependencyError(f"{self} needs the package redis: pip install ropeway[online].") from error
            self._client = os.getpid(), Redis(**self._settings())
        return self._client[1]

    def _settings(self, *, asynchronous: bool = False) -> dict[str, Any]:
        from redis.asyncio.retry import Retry as WaitingRetry
        from redis.backoff import ExponentialBackoff
        from redis.retry import Retry

        retry = WaitingRetry if asynchronous else Retry
        return {
            **self._where, "ssl": self._secure, "username": os.environ.get("ROPEWAY_REDIS_USER"),
            "password": os.environ.get("ROPEWAY_REDIS_PASSWORD"), "socket_timeout": self._timeout,
            "socket_connect_timeout": self._timeout, "max_connections": self._connections,
            "retry": retry(ExponentialBackoff(cap=0.5, base=0.02), self._retries),
        }  # fmt: skip

    def _asked(self, ask: Callable[[Any], Any]) -> Any:
        from redis.exceptions import RedisError

        client = self.client()
        try:
            return ask(client)
        except RedisError as error:
            raise StoreError(f"{self} does not answer: {error}.") from error

    def _ask(self, *words: Any) -> Any:
        return self._asked(lambda client: client.execute_command(*words))

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found: list[bytes | None] = self._asked(lambda client: client.mget(keys))
        return found

    async def aget(self, keys: Sequence[bytes]) -> list[bytes | None]:
        from redis.exceptions import RedisError

        try:
            found: list[bytes | None] = await self._waiting().mget(keys)
        except RedisError as error:
            raise StoreError(f"{self} does not answer: {error}.") from error
        return found

    def _waiting(self) -> Any:
        """The connections of the loop that runs now; another loop can't use them."""
        from redis.asyncio import Redis

        loop = asyncio.get_running_loop()
        if loop not in self._waiting_clients:
            self._waiting_clients[loop] = Redis(**self._settings(asynchronous=True))
        return self._waiting_clients[loop]

    def describe(self, view: str, tag: bytes) -> Stored | None:
        found = self._asked(lambda client: client.get(meta_key(view, tag)))
        return None if found is None else Stored.from_json(found)

    def views(self) -> list[Stored]:
        keys = sorted(self._asked(lambda client: client.smembers(_VIEWS)))
        found = self._asked(lambda client: client.mget(keys)) if keys else []
        return [Stored.from_json(one) for one in found if one is not None]

    def begin(self, stored: Stored) -> None:
        self._say(stored, checked_begin(stored, self.describe(stored.view, stored.tag)))

    def finish(self, stored: Stored) -> None:
        self._say(stored, stored)

    def _say(self, stored: Stored, made: Stored) -> None:
        key = meta_key(stored.view, stored.tag)
        self._run(_DESCRIBE, stored, [_mark(stored), key, _VIEWS], [made.to_json()])

    def _run(self, script: str, stored: Stored, keys: Sequence[bytes], arguments: Sequence[Any]) -> int:
        assert stored.begun is not None
        given = [f"{ordered(stored.begun):020d}", *arguments]
        done: int = self._asked(lambda client: client.register_script(script)(keys, given))
        if done < 0:
            raise superseded(stored)
        return done

    def write(self, stored: Stored, items: Iterable[Item]) -> int:
        mark, written = _mark(stored), 0
        for some in batches(items, _BATCH):
            keys, records = [mark, *(key for key, _ in some)], [record for _, record in some]
            written += self._run(_WRITE, stored, keys, records)
        return written

    def prune(self, stored: Stored) -> int:
        assert stored.begun is not None
        bound, gone = ordered(stored.begun), 0
        for keys in self._under(stored.prefix):
            gone += self._run(_PRUNE, stored, [_mark(stored), *keys], [bound >> 32, bound & 0xFFFFFFFF])
        return gone

    def drop(self, view: str, tag: bytes) -> int:
        stored = self.describe(view, tag)
        if stored is None:
            return 0
        gone, key = 0, meta_key(view, tag)
        for keys in self._under(stored.prefix):
            gone += self._ask("DEL", *keys)
        self._asked(lambda client: client.pipeline().delete(key, _mark(stored)).srem(_VIEWS, key).execute())
        return gone

    def _under(self, prefix: bytes) -> Iterator[list[bytes]]:
        pattern = b"".join(b"\\" + bytes([one]) if one in b"*?[]\\^" else bytes([one]) for one in prefix) + b"*"
        cursor: Any = 0
        while True:
            at, keys = self._ask("SCAN", cursor, "MATCH", pattern, "COUNT", _SCAN)
            if keys:
                yield keys
            if not int(at):
                return
            cursor = at

    async def aclose(self) -> None:
        client = self._waiting_clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def close(self) -> None:
        if self._client is not None and self._client[0] == os.getpid():
            self._client[1].close()
        self._client = None


def _mark(stored: Stored) -> bytes:
    return b"rw-begun:" + stored.view.encode() + b":" + stored.tag.hex().encode()
