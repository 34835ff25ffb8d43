"""Writes docs/catalogue.md from the code: every transform, what it takes and learns, and against what it is tested.

python scripts/catalogue.py
"""

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

from ropeway.transforms import catalogue
from ropeway.transforms.catalogue.base import Transform
from ropeway.transforms.pipeline import FittedPipeline, Pipeline
from tests.transforms.catalogue.cases import Case, cases, classes
from tests.transforms.catalogue.frames import training

PAGE = Path(__file__).resolve().parent.parent / "docs" / "catalogue.md"

TEXT = """\
# The catalogue of transforms

Written by `scripts/catalogue.py` from the code; a test holds the two together. {count} transforms, all of
`from ropeway import transforms as T`; [Transforms](transforms.md) tells how they are put together.

Each gives the same bits over columns, for a single row and on Spark, out of its files as before, and learns the same
bits from rows in any order and in any pieces; `tests/conformance/test_transforms.py` holds all of them to that.

- `takes`: numbers (booleans are 0 and 1), categories (text, booleans, integers, floats), text, times, bytes,
  lists, maps.
- `learns`: what is fitted; `y` where it learns from a target too. Without it a transform has no state.
- `row path`: compiled by numba; or Python, for text, bytes and lists, the same function over columns; or both.
- `tested against`: the oracle, which is independent of the code.

{families}
"""


def page() -> str:
    """The text of docs/catalogue.md."""
    of: dict[str, Case] = {}
    for case in cases():
        of.setdefault(type(case.transform).__name__, case)
    kinds = classes()
    return TEXT.format(count=len(kinds), families="\n\n".join(_family(name, kinds, of) for name in catalogue.FAMILIES))


def _family(name: str, kinds: Mapping[str, type[Transform]], of: Mapping[str, Case]) -> str:
    head = ["| name | what comes out | takes | learns | row path | tested against |", "|---|---|---|---|---|---|"]
    rows = [_row(kinds[one], of[one]) for one in sorted(catalogue.FAMILIES[name])]
    return "\n".join([f"## {name.replace('_', ' ').capitalize()}", "", *head, *rows])


def _row(kind: type[Transform], case: Case) -> str:
    first = " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")
    learns = ("y" if kind.supervised else "yes") if _is_fitted(kind) else ""
    return f"| `{kind.__name__}` | {first} | {kind.takes} | {learns} | {_path(case)} | {kind.oracle} |"


def _is_fitted(kind: type[Transform]) -> bool:
    return any(name in vars(one) for one in kind.__mro__[:-1] for name in ("wants", "wants_of") if _is_own(one))


def _is_own(kind: type) -> bool:
    """Whether a class is of the catalogue, and not of what all of them share."""
    return kind.__module__ != "ropeway.transforms.catalogue.base"


def _path(case: Case) -> str:
    """How the program of its first case runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = _fitted(case)
    segments = made.program.layout.segments
    by_python = any(one.calls for one in segments)
    compiled = any(len(one.codes) for one in segments)
    return "both" if by_python and compiled else "Python" if by_python else "compiled"


def _fitted(case: Case) -> FittedPipeline:
    frame = training().copy()
    frame = frame if case.changed is None else case.changed(frame)
    return (Pipeline("one")[list(case.columns)] >> case.transform).fit(frame, y=case.y)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
