"""Folders of compiled code: sources unpacked under a name that is the hash of all of them.

numba keys its cache by a source file's path and checks that one file only. Sent to executors in a zip the path is
another one each run, so everything would be compiled again; and an edited helper that was inlined elsewhere would
leave stale machine code. So the sources are unpacked into a folder named by the hash of all of them, and the
modules of such a package are imported from there: the cache of that folder is right, and found again.
"""

import hashlib
import os
import tempfile
from importlib import resources
from pathlib import Path

import numba


def unpacked(package: str, *below: str) -> str:
    """The folder that holds this version of a package's sources, written now if it is not there.

    below: folders of packages whose code is compiled into this one's.
    """
    sources = {
        item.name: item.read_bytes()
        for item in resources.files(package).iterdir()
        if item.name.endswith(".py") and item.name != "__init__.py"
    }
    digest = hashlib.sha256(numba.__version__.encode())
    for other in below:
        digest.update(Path(other).name.encode() + b"\0")
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    folder = cache_home() / f"{package.rpartition('.')[2]}-{digest.hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user; set ROPEWAY_CACHE to a folder of your own.")
    for name, content in sources.items():
        target = folder / name
        if target.exists() and target.read_bytes() == content:
            continue
        descriptor, staged = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(staged).replace(target)  # whole or not at all: other processes may unpack at this moment
    return str(folder)


def cache_home() -> Path:
    """The folder for compiled code: ROPEWAY_CACHE, else the user's cache folder, else a temporary one."""
    named = os.environ.get("ROPEWAY_CACHE")
    if named:
        return Path(named)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ropeway"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        writable = False
    else:
        writable = os.access(folder, os.W_OK)
    # an executor's user may have no home; the id keeps users of one machine out of each other's code
    return folder if writable else Path(tempfile.gettempdir()) / f"ropeway-{os.getuid()}"
