"""Images: columns of encoded bytes as numbers of one size."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.errors import DataError, DeclarationError, MissingDependencyError
from ropeway.transforms.program import Builder, Value

__all__ = ["Image"]

Floats = npt.NDArray[np.float64]

_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}
_RESAMPLE = ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming")


@dataclass(frozen=True, repr=False)
class Image(OfColumn):
    """The pixels of encoded images (JPEG, PNG, whatever Pillow reads): decoded, cropped, resized, normalised.

    In this order. mode: to what it is converted: "L" (grey), "RGB" or "RGBA". crop: "center", the largest part in the
    middle that has the shape of `size`, or a box (left, upper, right, lower) in pixels, of which what lies outside of
    the image is black. size: (width, height); resample: how it is resized. rescale: pixels from 0 to 1, not to 255.
    mean, std: per channel, subtracted and divided by after that. on_error: "raise" a `DataError` for bytes that are no
    whole image, or make them "null". A rotation that a camera has noted down is not looked at.

    output: "columns" {column}_0, ... row by row from above, and per pixel by channel; "vector", one list of the same,
    or "png": the image, cropped and resized but not normalised, as the bytes of a PNG; both take size=None, too.
    Pillow does the same on both paths; needs the extra `images`.

    >>> import io
    >>> import pyarrow as pa, ropeway as rw
    >>> from PIL import Image
    >>> from ropeway import transforms as T
    >>> held = io.BytesIO()
    >>> Image.new("RGB", (64, 48), (255, 0, 51)).save(held, "PNG")
    >>> table = pa.table({"photo": [held.getvalue(), b"torn", None]})
    >>> tiny = T.Image(size=(1, 1), mode="RGB", on_error="null")
    >>> (rw.Pipeline("p")["photo"] >> tiny).fit(table).transform(table).to_pandas().to_numpy().tolist()
    [[1.0, 0.0, 0.2], [nan, nan, nan], [nan, nan, nan]]
    """

    takes = "bytes"
    size: tuple[int, int] | None = (32, 32)
    mode: Literal["L", "RGB", "RGBA"] = "L"
    crop: Literal["center"] | tuple[int, int, int, int] | None = None
    resample: Literal["nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"] = "bilinear"
    rescale: bool = True
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    output: Literal["columns", "vector", "png"] = "columns"
    on_error: Literal["raise", "null"] = "raise"
    oracle = "PIL.Image and numpy"

    def __post_init__(self) -> None:
        self._one_of("mode", *_CHANNELS)
        self._one_of("resample", *_RESAMPLE)
        self._one_of("rescale", True, False)
        self._one_of("output", "columns", "vector", "png")
        self._one_of("on_error", "raise", "null")
        size: Any = self.size
        if size is None and (self.output == "columns" or self.crop == "center"):
            raise DeclarationError("Image(size=None): columns, and the middle of an image, need a (width, height).")
        if size is not None and (len(size) != 2 or not all(is_whole(one, 1) for one in size)):
            raise DeclarationError(f"Image(size={size!r}): expected (width, height) in pixels, 1 or more.")
        crop: Any = self.crop
        if crop is not None and crop != "center":
            whole = not isinstance(crop, str) and len(crop) == 4 and all(isinstance(one, int) for one in crop)
            if not whole or not (crop[0] < crop[2] and crop[1] < crop[3]):
                raise DeclarationError(f"Image(crop={crop!r}): expected 'center' or (left, upper, right, lower).")
        for name in ("mean", "std"):
            given: Any = getattr(self, name)
            if given is not None and (len(given) != _CHANNELS[self.mode] or (name == "std" and 0 in given)):
                raise DeclarationError(
                    f"Image({name}={given!r}): expected one number per channel of {self.mode}, and no std of 0."
                )
        pillow()

    @property
    def width(self) -> int:
        """How many numbers one image is."""
        assert self.size is not None
        return self.size[0] * self.size[1] * _CHANNELS[self.mode]

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        return {"column": column.name}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.width)] if self.output == "columns" else [column]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        found = made.call(_Pixels(self, state["column"]), [value])
        return [made.number(one) for one in found] if self.output == "columns" else found


@dataclass(frozen=True)
class _Pixels:
    image: Image
    column: str

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        if self.image.output == "columns":
            return (pa.float64(),) * self.image.width
        return (pa.list_(pa.float64()) if self.image.output == "vector" else pa.binary(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        made: list[Any] = []
        broken: list[str] = []
        for data in array.to_pylist():
            try:
                made.append(None if data is None else self.read(data))
            except DataError as error:
                broken.append(str(error))
                made.append(None)
        if broken and self.image.on_error == "raise":
            raise DataError(
                f"{len(broken):,} of {len(array):,} rows of column {self.column!r} hold no image, such as {broken[0]} "
                f'Say on_error="null" to go on without them.'
            )
        if self.image.output != "columns":
            return (pa.array(made, self.types[0]),)
        block = np.full((self.image.width, len(made)), np.nan)
        for at, pixels in enumerate(made):
            if pixels is not None:
                block[:, at] = pixels
        return [pa.array(one, from_pandas=True) for one in block]

    def row(self, *values: Any) -> Sequence[Any]:
        nothing = (None,) * len(self.types)
        if values[0] is None:
            return nothing
        try:
            found = self.read(values[0])
        except DataError as error:
            if self.image.on_error == "null":
                return nothing
            raise DataError(f"column {self.column!r} of the row holds no image: {error}") from error
        if self.image.output == "columns":
            return list(found.tolist())
        return (found if self.image.output == "png" else found.tolist(),)

    def read(self, data: bytes) -> Any:
        """What comes out for one image."""
        library, image = pillow(), self.image
        try:
            with library.open(BytesIO(data)) as opened:
                picture = opened.convert(image.mode)
        except (OSError, ValueError, SyntaxError, EOFError, library.DecompressionBombError) as error:
            raise DataError(f"{len(data):,} bytes that begin with {data[:12]!r}: {error}.") from error
        if image.crop is not None:
            picture = picture.crop(_middle(picture.size, image.size) if image.crop == "center" else image.crop)
        if image.size is not None and picture.size != tuple(image.size):
            picture = picture.resize(tuple(image.size), getattr(library.Resampling, image.resample.upper()))
        if image.output == "png":
            held = BytesIO()
            picture.save(held, "PNG")
            return held.getvalue()
        pixels = np.asarray(picture, np.float64)
        if image.rescale:
            pixels = pixels / 255.0
        if image.mean is not None:
            pixels = pixels - np.array(image.mean)
        if image.std is not None:
            pixels = pixels / np.array(image.std)
        return pixels.ravel()


def _middle(have: tuple[int, int], want: Any) -> tuple[int, int, int, int]:
    """The box of the largest part in the middle that is as wide for its height as wanted."""
    width, height = have
    wide, high = min(width, height * want[0] // want[1]), min(height, width * want[1] // want[0])
    wide, high = max(wide, 1), max(high, 1)
    left, upper = (width - wide) // 2, (height - high) // 2
    return left, upper, left + wide, upper + high


def pillow() -> Any:
    """Pillow's module of images."""
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as error:
        raise MissingDependencyError("images are read by Pillow: pip install 'ropeway[images]'") from error
