"""A failing case as a test to paste: it builds the tables and the views, and asserts what the oracle says."""

import textwrap
from collections.abc import Iterator

from tests import oracle
from tests.fuzz.case import Case
from tests.fuzz.engines import Engine
from tests.fuzz.expected import asked, expected

#: imports, and by what one sees that they are needed
_IMPORTS = {
    "import datetime": "datetime.",
    "import warnings": "warnings.",
    "from decimal import Decimal": "Decimal(",
    "from math import inf": "inf",
    "from math import nan": "nan",
    "import pyarrow as pa": "pa.",
    "import pyarrow.parquet as pq": "pq.",
    "import pytest": "pytest.",
    "import ropeway as rw": "rw.",
    "from tests.fuzz.expected import plain": "plain(",
    "from tests.fuzz.slices import in_slices": "in_slices(",
    "from tests.oracle import Near": "Near(",
    "from tests.oracle import same": "same(",
}


def printed(case: Case, engine: Engine, name: str, said: str) -> str:
    """The source of a test called `name` with its imports; `said` is what was wrong."""
    fixtures = ["monkeypatch"] if engine.environment or engine.constants else []
    fixtures += ["tmp_path"] if engine.stored else []
    fixtures += ["spark"] if engine.on_spark else []
    body = "\n".join(_body(case, engine, said))
    imports = "\n".join(line for line, sign in _IMPORTS.items() if sign in body)
    return f"{imports}\n\n\ndef {name}({', '.join(fixtures)}):\n{textwrap.indent(body, '    ')}\n"


def _body(case: Case, engine: Engine, said: str) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(said, 110)[:5])
    if any(view.labels for view in case.views):
        yield 'warnings.simplefilter("ignore", rw.LeakageWarning)'
    for line in [*engine.setup(case), *case.declared()]:
        yield textwrap.dedent("    " + line)
    call = case.call(engine.function, *engine.options)
    right = expected(case)
    if any(value is oracle.OVERFLOW for column in right for value in column):
        yield f'with pytest.raises(rw.DataError, match="does not fit"):\n    {call}'
        return
    yield f"made = {call}"
    for one, name, column in zip(asked(case), case.names(), right, strict=True):
        timed = "pa.time" in one.kind or "pa.duration" in one.kind
        got = f'plain(made["{name}"])' if timed else f'made["{name}"].to_pylist()'
        near = "Near(" in repr(column)
        yield f"assert same({got}, {column!r})" if near else f"assert repr({got}) == repr({column!r})"
