"""The notebook on flights: every cell runs, and says what a reader is told."""

import re
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from nbclient import NotebookClient

from examples.flights import data

NOTEBOOK = Path(data.__file__).with_name("flights.ipynb")


def _book() -> Any:
    return cast("Any", nbformat).read(NOTEBOOK, 4)


@pytest.mark.slow
def test_every_cell_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data.prepare()
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    book = _book()
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    printed = [
        output.text for cell in book.cells for output in cell.get("outputs", []) if output.output_type == "stream"
    ]
    found = re.search(r"AUC (\d\.\d+)", "".join(printed))
    assert found is not None
    assert 0.69 < float(found[1]) < 0.76  # of a model that knows what was known, and not what is to come
    shown = str(book.cells)
    assert "<svg" in shown
    assert "Importance by column" in shown


def test_it_is_kept_without_outputs() -> None:
    book = _book()
    assert not [cell for cell in book.cells if cell.get("outputs") or cell.get("execution_count")]
