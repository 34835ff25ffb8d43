"""Putting a folder in place in one step."""

import ctypes
import glob
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ropeway.connectors.locks import Lock, shared
from ropeway.transforms.errors import TableExistsError

_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


@contextmanager
def replacing(path: Path, *, may_exist: bool) -> Iterator[Path]:
    """A path beside `path` at which the block makes a file or folder, which then takes the place of `path`.

    Who looks at `path` sees what was there or the whole of what was made. If the block fails, nothing changes. Where
    something is at `path` already and may not be, `TableExistsError` is raised.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "table", may_exist=False) as staged:
    ...     staged.mkdir()
    ...     _ = (staged / "rows").write_text("1")
    >>> [one.name for one in folder.iterdir()]
    ['table']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _tidy(path)
    staged = path.parent / f".{path.name}.ropeway-{uuid.uuid4().hex}"
    with shared(_lock_of(staged)):
        try:
            yield staged
            if may_exist and path.exists():
                _exchange(staged, path)
            else:
                _place(staged, path)
        finally:
            _remove(staged)


def _lock_of(staged: Path) -> Path:
    """Held by the process that makes what is staged, so that others see when it has ended."""
    return staged.parent / f"{staged.name}.lock"


def _tidy(path: Path) -> None:
    """Take away what processes left that were killed while they made something for this path."""
    for lock in path.parent.glob(f".{glob.escape(path.name)}.ropeway-*.lock"):
        held = Lock(lock)
        over = held.alone()
        if over:
            staged = lock.parent / lock.name.removesuffix(".lock")
            old = lock.parent / f"{staged.name}-old"
            if old.exists() and not path.exists():  # it was killed between the two renames
                old.rename(path)
            _remove(staged)
            _remove(old)
        held.release(remove=over)


def _place(staged: Path, path: Path) -> None:
    try:
        staged.rename(path)  # takes the place of an empty folder, and of nothing else
    except OSError as error:
        if not path.exists():
            raise
        raise TableExistsError(f"{path} exists already: another writer made it meanwhile") from error


def _exchange(staged: Path, path: Path) -> None:
    """Swap the two names, in one step where the system can."""
    if sys.platform == "linux":
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename is not None and not rename(
            _AT_FDCWD, os.fsencode(staged), _AT_FDCWD, os.fsencode(path), _RENAME_EXCHANGE
        ):
            return
    old = path.parent / f"{staged.name}-old"
    path.rename(old)
    try:
        staged.rename(path)
    except OSError:
        old.rename(path)
        raise
    old.rename(staged)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
