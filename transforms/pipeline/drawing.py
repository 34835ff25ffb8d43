"""Pipelines and importances as drawings: SVG that a notebook shows, with nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ropeway.transforms.catalogue.base import Step
from ropeway.transforms.pipeline.pipeline import Line, Pipeline

_FONT = "12px system-ui, sans-serif"
_LETTER, _HEIGHT, _GAP, _MARGIN = 6.6, 28, 24, 10
#: letters of a box; the rest of a text shows as its title
_LONGEST = 44
_COLUMNS, _STEP, _OUTPUTS, _MODEL = "#e8f0fe", "#ffffff", "#e6f4ea", "#fef7e0"


@dataclass(frozen=True)
class Drawing:
    """An SVG image; a notebook shows it.

    >>> Drawing("<svg/>")
    <drawing of 6 characters of SVG>
    """

    svg: str

    def save(self, path: str | Path) -> None:
        """Write it to a file, which ends with .svg."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_html_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<drawing of {len(self.svg):,} characters of SVG>"


@dataclass(frozen=True)
class _Box:
    """A text in a frame; the boxes of a row stand side by side and are joined by arrows."""

    text: str
    fill: str

    @property
    def shown(self) -> str:
        return self.text if len(self.text) <= _LONGEST else f"{self.text[: _LONGEST - 1]}…"

    @property
    def width(self) -> float:
        return len(self.shown) * _LETTER + 16

    def drawn(self, x: float, y: float, height: float = _HEIGHT) -> str:
        return (
            f'<g><title>{escape(self.text)}</title><rect x="{x:.0f}" y="{y:.0f}" width="{self.width:.0f}" '
            f'height="{height:.0f}" rx="5" fill="{self.fill}" stroke="#5f6368"/><text x="{x + self.width / 2:.0f}" '
            f'y="{y + height / 2 + 4:.0f}" text-anchor="middle" fill="#202124">{escape(self.shown)}</text></g>'
        )


def drawn(pipeline: Pipeline, outputs: Sequence[Sequence[str]] | None = None) -> Drawing:
    """A pipeline: a row for each line, its columns, its steps in series, and what comes out, if it is fitted.

    Pipelines inside of it are drawn with their own lines, below the line that holds them.
    """
    rows = list(_rows(pipeline, 0))
    if outputs is not None:
        tops = [at for at, (level, _) in enumerate(rows) if level == 0]
        for at, names in zip(tops, outputs, strict=True):
            rows[at][1].append(_Box(", ".join(names) if names else "(read by another line)", _OUTPUTS))
    parts: list[str] = []
    width = 0.0
    ends: list[tuple[float, float]] = []
    for number, (level, boxes) in enumerate(rows):
        x, y = _MARGIN + 30.0 * level, _MARGIN + number * (_HEIGHT + 12.0)
        for at, box in enumerate(boxes):
            if at:
                parts.append(_arrow(x - _GAP, y + _HEIGHT / 2, x, y + _HEIGHT / 2))
            parts.append(box.drawn(x, y))
            x += box.width + _GAP
        width = max(width, x)
        if level == 0:
            ends.append((x - _GAP, y + _HEIGHT / 2))
    height = 2 * _MARGIN + len(rows) * (_HEIGHT + 12.0)
    if pipeline.estimator is not None:
        box = _Box(_model(pipeline.estimator), _MODEL)
        middle = height / 2
        parts += [_arrow(x, y, width + 20, middle) for x, y in ends]
        parts.append(box.drawn(width + 20, middle - _HEIGHT / 2))
        width += 20 + box.width
    return _svg(width + _MARGIN, height, parts, f"Pipeline {pipeline.name}")


def _rows(pipeline: Pipeline, level: int) -> list[tuple[int, list[_Box]]]:
    rows: list[tuple[int, list[_Box]]] = []
    for line in pipeline.lines:
        rows.append((level, _boxes(line)))
        for step in line.steps:
            if isinstance(step, Pipeline):
                rows += _rows(step, level + 1)
    return rows


def _boxes(line: Line) -> list[_Box]:
    chosen = _Box(", ".join(one if isinstance(one, str) else repr(one) for one in line.chosen), _COLUMNS)
    return [chosen, *(_Box(_step(step), _STEP) for step in line.steps)]


def _step(step: Any) -> str:
    if isinstance(step, Pipeline):
        return f"Pipeline {step.name}"
    return f"{step.transform!r} as {step.name}" if isinstance(step, Step) else repr(step)


def _model(estimator: Any) -> str:
    """An estimator's name: all its parameters are too many."""
    return type(estimator).__name__


def bars(title: str, names: Sequence[str], values: Sequence[float]) -> Drawing:
    """Horizontal bars, one for each name, as long as its value is; negative ones are none."""
    longest = max([*values, 0.0]) or 1.0
    left = max([len(name) for name in names] or [0]) * _LETTER + 2 * _MARGIN
    parts = []
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        y = 2 * _MARGIN + 16 + at * 22
        long = 320 * max(value, 0.0) / longest
        parts.append(
            f'<text x="{left - 6:.0f}" y="{y + 12}" text-anchor="end" fill="#202124">{escape(name)}</text>'
            f'<rect x="{left:.0f}" y="{y}" width="{long:.1f}" height="16" fill="#8ab4f8"/>'
            f'<text x="{left + long + 6:.0f}" y="{y + 12}" fill="#5f6368">{value:.4g}</text>'
        )
    parts.append(f'<text x="{left:.0f}" y="{_MARGIN + 12}" fill="#202124" font-weight="bold">{escape(title)}</text>')
    return _svg(left + 420, 3 * _MARGIN + 16 + 22 * len(names), parts, title)


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    return (
        f'<path d="M{x:.0f} {y:.0f}L{to_x - 5:.0f} {to_y:.0f}" stroke="#5f6368" fill="none"/>'
        f'<path d="M{to_x:.0f} {to_y:.0f}l-6 -4v8z" fill="#5f6368"/>'
    )


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> Drawing:
    return Drawing(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" style="font:{_FONT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )
