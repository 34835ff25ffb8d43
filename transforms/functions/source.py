"""The source of a function with all that it reads: imports, constants, other functions of its module."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import sys
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from types import FunctionType, ModuleType
from typing import Any

from ropeway.transforms.errors import DeclarationError


def source_of(function: Callable[..., Any]) -> str:
    """Python source that makes the function again, alone: without its decorators, with all that it reads.

    Raises `DeclarationError` for what can't be written down: variables of a function around it, objects, code that was
    typed where no source is kept.
    """
    lines: dict[str, str] = {}
    _gather(function, lines)
    if any("@register_jitable" in text for text in lines.values()):
        lines = {"": "from numba.extending import register_jitable", **lines}
    return "\n".join(lines.values())


def _gather(function: Callable[..., Any], lines: dict[str, str]) -> None:
    name = getattr(function, "__name__", repr(function))
    if not isinstance(function, FunctionType):
        raise DeclarationError(
            f"{name}: expected a function that is written in Python, got a {type(function).__name__}."
        )
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        raise DeclarationError(
            f"{name}: its source can't be found ({error}). Write it in a file or a cell of a notebook."
        ) from error
    if not isinstance(tree, ast.FunctionDef):
        raise DeclarationError(f"{name}: expected a function made by def, not a lambda.")
    tree.decorator_list = []
    # what another function calls is compiled with it
    own = ast.unparse(tree) if not lines else f"@register_jitable\n{ast.unparse(tree)}"
    lines[name] = ""  # it may call itself
    closed = inspect.getclosurevars(function)
    for other, value in {**closed.globals, **closed.nonlocals}.items():
        if other != name and other not in lines:
            lines |= _line(name, other, value, lines)
    unknown = sorted(one for one in closed.unbound if one not in _attributes(tree) and not hasattr(builtins, one))
    if unknown:
        raise DeclarationError(f"{name} reads {', '.join(unknown)}, which are not there.")
    del lines[name]
    lines[name] = own


def _line(name: str, other: str, value: Any, lines: dict[str, str]) -> Mapping[str, str]:
    """What makes a name that a function reads."""
    if isinstance(value, ModuleType):
        return {other: f"import {value.__name__} as {other}"}
    if isinstance(value, FunctionType) and getattr(value, "__module__", None) not in (None, "__main__"):
        module = inspect.getmodule(value)
        if module is not None and module.__name__.partition(".")[0] in _installed():
            return {other: f"from {module.__name__} import {value.__name__} as {other}"}
    if isinstance(value, FunctionType):
        made: dict[str, str] = dict(lines)
        _gather(value, made)
        return {key: text for key, text in made.items() if key not in lines}
    if inspect.isbuiltin(value) or inspect.isclass(value):
        home = getattr(value, "__module__", None)
        if home and home != "builtins":
            return {other: f"from {home} import {value.__name__} as {other}"}
    if (text := _constant(value)) is not None:
        return {other: f"{other} = {text}"}
    raise DeclarationError(
        f"{name} reads {other!r}, which is a {type(value).__name__}: only modules, functions and plain constants "
        f"travel with a function's source. Make it an argument, or a constant of the module."
    )


def _attributes(tree: ast.AST) -> set[str]:
    """Names after a dot, which Python counts among those that a function reads."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _constant(value: object) -> str | None:
    """Python source of a plain constant; None for anything else."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    try:
        same = bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError):
        return None
    return repr(value) if same else None


@cache
def _installed() -> set[str]:
    """The packages that are installed: what comes from them is imported, not copied."""
    return {*packages_distributions(), *sys.stdlib_module_names}
