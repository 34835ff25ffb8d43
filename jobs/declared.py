"""Declarations from a user's file: FILE.py:NAME."""

import importlib.util
import sys
from pathlib import Path

from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import UsageError


def declared(named: str) -> FeatureService | FeatureView:
    """The service or view NAME that the Python file of `FILE.py:NAME` declares; the file is run.

    Raises `UsageError` if there is no such file or name, or if it is something else.
    """
    file, _, name = named.rpartition(":")
    path = Path(file)
    if not file or not name:
        raise UsageError(f"{named!r} names no declaration: expected FILE.py:NAME, such as features.py:service.")
    if not path.is_file():
        raise UsageError(f"There is no file {file!r}, of which {named!r} names the declaration {name!r}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file!r} is no Python file: its name must end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))  # as `python FILE.py` would: its neighbours can be imported
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    found = getattr(module, name, None)
    if not isinstance(found, FeatureService | FeatureView):
        there = [n for n, value in vars(module).items() if isinstance(value, FeatureService | FeatureView)]
        what = "has no" if found is None else f"has a {type(found).__name__}, and no service or view,"
        raise UsageError(f"{file!r} {what} {name!r}. It declares: {', '.join(there) or 'none'}.")
    return found
