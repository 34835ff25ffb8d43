"""The kernel's marks of this process's memory."""

import re
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def lowered() -> int:
    """The resident memory, in bytes, from which `highest` counts anew; 0 where the kernel keeps no mark."""
    if not _CLEAR.exists():
        return 0
    _CLEAR.write_text("5")
    return _read("VmRSS")


def highest() -> int:
    """The highest resident memory since `lowered`, in bytes."""
    return _read("VmHWM") if _STATUS.exists() else 0


def _read(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", _STATUS.read_text())
    return int(found[1]) * 1024 if found else 0
