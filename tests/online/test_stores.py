"""Stores: what is newer stays, addresses, and what is said when a server is gone, slow or refuses."""

import pickle
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.connectors.online.records import Layout
from ropeway.connectors.online.store import Stored
from tests.servers import RedisServer, free_port

SCHEMA = pa.schema([("x", pa.float64())])


def stored(begun: int) -> Stored:
    return Stored("v", "ab" * 32, SCHEMA, {"k": "int"}, begun=begun)


def record(value: float, newest: int, as_of: int) -> bytes:
    (made,) = Layout("v", bytes.fromhex("ab" * 8), SCHEMA).pack([pa.array([value])], np.array([newest]), as_of)
    return made


def test_what_is_newer_stays(store: rw.OnlineStore) -> None:
    one = stored(10)
    key = one.prefix + b"i12345678"
    store.begin(one)
    steps = [
        (record(1.0, 5, 10), 1), (record(2.0, 5, 10), 1),  # a correction of the same instant and row
        (record(3.0, 4, 10), 0), (record(4.0, 9, 9), 0),  # an older row, an older instant
        (record(5.0, 2**40, 10), 1), (record(6.0, -(2**50), 11), 1),  # of more than 32 bits, and before 1970
        (record(7.0, 0, 10), 0),
    ]  # fmt: skip
    kept = b""
    for made, written in steps:
        assert store.write(one, [(key, made)]) == written
        kept = made if written else kept
        assert store.get([key, b"none"]) == [kept, None]


def test_a_batch_that_came_too_late_is_refused(store: rw.OnlineStore) -> None:
    store.begin(stored(10))
    store.begin(stored(20))
    key = stored(10).prefix + b"k"
    acts: list[Callable[[], object]] = [
        lambda: store.begin(stored(10)), lambda: store.write(stored(10), [(key, record(1.0, 1, 10))]),
        lambda: store.prune(stored(10)) if store.scheme == "lmdb" else store.finish(stored(10)),
        lambda: store.finish(stored(10)),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(rw.SupersededError, match="a batch as of a later instant has begun"):
            act()
    assert store.get([key]) == [None]
    store.write(stored(20), [(key, record(1.0, 1, 20))])
    store.finish(stored(20))
    described = store.describe("v", bytes.fromhex("ab" * 8))
    assert described is not None
    assert described.begun == 20


def test_many_records_are_written_pruned_and_dropped(store: rw.OnlineStore) -> None:
    one = stored(10)
    store.begin(one)
    keys = [one.prefix + b"i" + number.to_bytes(8, "little") for number in range(25_000)]
    assert store.write(one, ((key, record(1.0, 1, 10)) for key in keys)) == 25_000
    other = Stored("w", "ab" * 32, SCHEMA, {"k": "int"}, begun=10)
    store.begin(other)
    store.write(other, [(other.prefix + b"x", record(2.0, 1, 10))])
    later = stored(11)
    store.begin(later)
    assert store.write(later, [(key, record(2.0, 1, 11)) for key in keys[:10]]) == 10
    assert store.prune(later) == 24_990
    assert [found is not None for found in store.get(keys[8:12])] == [True, True, False, False]
    assert store.drop("v", one.tag) == 10
    assert store.drop("v", one.tag) == 0
    assert store.get([keys[0], other.prefix + b"x"]) == [None, record(2.0, 1, 10)]
    assert [found.view for found in store.views()] == ["w"]


def test_a_store_goes_to_other_processes(store: rw.OnlineStore) -> None:
    again = pickle.loads(pickle.dumps(store))
    assert (type(again), again.address) == (type(store), store.address)
    assert repr(again) == f'OnlineStore("{store.address}")'


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("data/online", "is no store: expected lmdb:PATH or redis://HOST:PORT/DB"),
        ("lmdb:", "is no store"),
        ("redis://", "is no store: expected redis://HOST:PORT/DB"),
        ("redis://localhost/a", "is no store"),
        ("redis://localhost/0?x=1", "is no store"),
        ("redis://me:secret@localhost/0", "holds a user or a password, which logs would show"),
    ],
)
def test_addresses_that_are_none(address: str, why: str) -> None:
    with pytest.raises(rw.UsageError, match=why) as told:
        rw.OnlineStore(address)
    assert "secret" not in str(told.value)


def test_a_folder_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(rw.StoreError, match="there is no such store"):
        rw.OnlineStore(f"lmdb:{tmp_path}/nothing").views()
    small = rw.OnlineStore(f"lmdb:{tmp_path}/small", map_size=1 << 20)
    small.begin(stored(1))
    with pytest.raises(rw.StoreError, match="is full: it may come to"):
        small.write(stored(1), ((b"k%d" % at, bytes(5000)) for at in range(1000)))
    small.close()


def test_a_server_that_refuses_and_one_that_is_silent(tmp_path: Path) -> None:
    gone = rw.OnlineStore(f"redis://127.0.0.1:{free_port()}/0", retries=0)
    with pytest.raises(rw.StoreError, match=r"does not answer: .*refused"):
        gone.get([b"k"])
    assert issubclass(rw.StoreError, ConnectionError)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        held: list[socket.socket] = []
        taking = threading.Thread(target=lambda: held.append(silent.accept()[0]))
        taking.start()
        slow = rw.OnlineStore(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", timeout=0.2, retries=0)
        with pytest.raises(rw.StoreError, match=r"does not answer: .*[Tt]imeout"):
            slow.get([b"k"])
        taking.join()
        for one in held:
            one.close()
        slow.close()
    gone.close()


def test_a_server_that_was_killed_is_found_again(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    try:
        store = rw.OnlineStore(server.address, retries=0, timeout=1.0)
        store.begin(stored(1))
        store.write(stored(1), [(b"k", record(1.0, 1, 1))])
        assert store.get([b"k"]) == [record(1.0, 1, 1)]
        server.stop()
        with pytest.raises(rw.StoreError):
            store.get([b"k"])
        server.start()
        assert store.get([b"k"]) == [None]  # this one keeps nothing on disk
        store.begin(stored(1))
        assert store.write(stored(1), [(b"k", record(1.0, 1, 1))]) == 1
        store.close()
    finally:
        server.stop()
