"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Lock:
    """A file that this process holds a lock on, shared with others that do the same.

    The kernel lets go of it when the process ends, by whatever signal. So whoever holds it `alone` knows that no
    other process that takes this lock is alive. Locks of one process are apart from each other as well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)

    def alone(self) -> bool:
        """Whether nobody else holds it; then nobody gets it before `release`. The lock is kept in either case."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # the kernel drops a lock before it changes it: take it anew
            fcntl.flock(self._file, fcntl.LOCK_SH)
        else:
            if _is(self._file, self._path):
                return True
        if not _is(self._file, self._path):  # it went with another who left
            os.close(self._file)
            self._file = _opened(self._path)
        return False

    def release(self, *, remove: bool = False) -> None:
        """Let go of it; `remove` takes the file away, which only one who is alone may do."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def leave(self) -> None:
        """Let go of it, and take the file away unless another holds it."""
        # Let go first: of two that leave at once and still hold it, neither would find itself alone.
        fcntl.flock(self._file, fcntl.LOCK_UN)
        with suppress(OSError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(self._file, self._path):
                self._path.unlink()
        os.close(self._file)


@contextmanager
def shared(path: Path) -> Iterator[Lock]:
    """A lock for the time of the block; its file goes with the last who holds it.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lock"
    >>> with shared(path) as one, shared(path) as other:
    ...     one.alone()
    False
    >>> path.exists()
    False
    """
    lock = Lock(path)
    try:
        yield lock
    finally:
        lock.leave()


def _opened(path: Path) -> int:
    """The file with a shared lock on it; made if it is not there."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:  # the folder went in between
            continue
        fcntl.flock(file, fcntl.LOCK_SH)
        if _is(file, path):
            return file
        os.close(file)  # another took it away before the lock was had


def _is(file: int, path: Path) -> bool:
    """Whether the open file is the one at the path."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(file)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
