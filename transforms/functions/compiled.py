"""A function over columns and over a row: by numba where it can compile it, else by Python in both."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa

from ropeway.transforms.errors import DataError
from ropeway.transforms.program.functions import as_floats
from ropeway.transforms.unpacking import cache_home

#: the loop over the rows of columns, of which one is made for each number of arguments
_LOOP = """

one = numba.njit(nogil=True, cache=True)({name})


@numba.njit(nogil=True, cache=True)
def rows(size, missing, {arrays}, out, none):
    for i in range(size):
        if missing[i]:
            none[i] = True
            continue
        answer = one({elements})
        if answer is None:
            none[i] = True
        else:
            out[i] = answer
"""
_NUMPY = {"double": np.float64, "int64": np.int64, "bool": np.bool_}


@dataclass(frozen=True)
class Body:
    """What runs: `plain` is the function in Python, `one` what a row calls, `rows` the compiled loop over columns."""

    plain: Callable[..., Any]
    one: Callable[..., Any]
    rows: Callable[..., None] | None
    why: str = ""


@cache
def body_of(name: str, source: str, inputs: tuple[str, ...], output: str, *, compiled: bool = True) -> Body:
    """The function of a source, compiled if its types are those of numbers and numba takes it."""
    arguments = [f"a{at}" for at in range(len(inputs))]
    text = f"import numba\n\n{source}\n" + _LOOP.format(
        name=name, arrays=", ".join(arguments), elements=", ".join(f"{one}[i]" for one in arguments)
    )
    module = _imported(text)
    plain = getattr(module, name)
    if not compiled or not {*inputs, output} <= set(_NUMPY):
        return Body(plain, plain, None, "its types are not those of numbers" if compiled else "so it was declared")
    try:
        _tried(module, inputs, output)
    except (numba.core.errors.NumbaError, NotImplementedError, TypeError) as error:
        first = str(error).strip().splitlines()
        return Body(plain, plain, None, next((line.strip() for line in first if line.strip()), type(error).__name__))
    return Body(plain, module.one, module.rows)


def _tried(module: Any, inputs: Sequence[str], output: str) -> None:
    """Compile both, on no rows."""
    module.one.compile(tuple(numba.from_dtype(np.dtype(_NUMPY[one])) for one in inputs))
    arrays: list[Any] = [np.empty(0, _NUMPY[one]) for one in inputs]
    flags = np.empty(0, np.bool_)
    module.rows(0, flags, *arrays, np.empty(0, _NUMPY[output]), flags.copy())


def _imported(text: str) -> Any:
    """A module of this source, in a file of its own, where numba keeps what it compiled."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    name = f"ropeway_function_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    folder = cache_home() / "functions"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{name}.py"
    if not target.exists() or target.read_text() != text:
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).replace(target)
    spec = importlib.util.spec_from_file_location(name, target)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@dataclass(frozen=True)
class Running:
    """A function as a step of a program (`program.Function`)."""

    name: str
    source: str
    inputs: tuple[pa.DataType, ...]
    output: pa.DataType
    takes_missing: bool = False
    compiled: bool = True

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.output,)

    @property
    def body(self) -> Body:
        """What runs; a function that takes missing values is given None, which numba has no place for."""
        kinds = tuple(str(one) for one in self.inputs)
        return body_of(
            self.name, self.source, kinds, str(self.output), compiled=self.compiled and not self.takes_missing
        )

    @property
    def is_compiled(self) -> bool:
        """Whether numba compiled it."""
        return self.body.rows is not None

    @property
    def how(self) -> str:
        """Whether it is compiled, and if not, why."""
        return "compiled by numba" if self.is_compiled else f"run by Python: {self.body.why}"

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        body = self.body
        if body.rows is None:
            rows = zip(*(array.to_pylist() for array in arrays), strict=True)
            return (pa.array([self._one(body, values) for values in rows], self.output),)
        size = len(arrays[0])
        missing = np.zeros(size, np.bool_)
        given = []
        for array, kind in zip(arrays, self.inputs, strict=True):
            if array.null_count:
                missing |= array.is_null().to_numpy(zero_copy_only=False)
            given.append(_numbers(array, kind))
            if given[-1].dtype == np.float64:
                missing |= np.isnan(given[-1])
        out: Any = np.zeros(size, _NUMPY[str(self.output)])
        none = np.zeros(size, np.bool_)
        try:
            body.rows(size, missing, *given, out, none)
        except Exception as error:
            raise self._failed(error) from error
        if out.dtype == np.float64:
            none |= np.isnan(out)
        return (pa.array(out, self.output, mask=none),)

    def row(self, *values: Any) -> Sequence[Any]:
        return (self._one(self.body, values),)

    def _one(self, body: Body, values: Sequence[Any]) -> Any:
        if not self.takes_missing and any(value is None for value in values):
            return None
        try:
            answer = body.one(*values)
        except Exception as error:
            raise self._failed(error, values) from error
        if answer is None or (isinstance(answer, float) and math.isnan(answer)):
            return None
        return answer

    def _failed(self, error: Exception, values: Sequence[Any] | None = None) -> DataError:
        of = "" if values is None else f" of {', '.join(map(repr, values))}"
        return DataError(f"{self.name}(){of} raised {type(error).__name__}: {error}")


def _numbers(array: pa.Array, kind: pa.DataType) -> np.ndarray[Any, Any]:
    if pa.types.is_floating(kind):
        return np.ascontiguousarray(as_floats(array))
    filled = array.fill_null(False if pa.types.is_boolean(kind) else 0)
    return np.ascontiguousarray(filled.to_numpy(zero_copy_only=False))
