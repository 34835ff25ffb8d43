"""What images refuse, and what becomes of broken ones."""

from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

import ropeway as rw
from ropeway import transforms as T


def picture(width: int, height: int) -> bytes:
    held = BytesIO()
    Image.new("RGB", (width, height), (255, 0, 0)).save(held, "PNG")
    return held.getvalue()


def fitted(transform: Any, *pictures: bytes | None) -> Any:
    return (rw.Pipeline("p")["photo"] >> transform).fit(pd.DataFrame({"photo": pictures or [picture(4, 4)]}))


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.Image(mode="CMYK"), "expected 'L' or"),  # type: ignore[arg-type]
        (lambda: T.Image(size=None), r"need a \(width, height\)"),
        (lambda: T.Image(size=(0, 3)), "in pixels, 1 or more"),
        (lambda: T.Image(crop=(3, 0, 1, 1)), "expected 'center' or"),
        (lambda: T.Image(crop="left"), "expected 'center' or"),  # type: ignore[arg-type]
        (lambda: T.Image(mean=(0.5, 0.5)), "one number per channel of L"),
        (lambda: T.Image(std=(0.0,)), "no std of 0"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_bytes_that_are_no_whole_image_are_refused_on_both_paths() -> None:
    made = fitted(T.Image(size=(2, 2)))
    torn = pd.DataFrame({"photo": [picture(9, 9), b"torn", picture(9, 9)[:40]]})
    with pytest.raises(rw.DataError, match="2 of 3 rows of column 'photo' hold no image, such as 4 bytes that begin"):
        made.transform(torn)
    with pytest.raises(rw.DataError, match="column 'photo' of the row holds no image: 4 bytes"):
        made.row()({"photo": b"torn"})


def test_broken_images_are_missing_where_that_is_said() -> None:
    for output in ("columns", "vector", "png"):
        made = fitted(T.Image(size=(1, 1), output=output, on_error="null"))
        assert made.transform(pd.DataFrame({"photo": [b"torn"]})).isna().all().all()
        assert set(made.row().values({"photo": b"torn"}).values()) == {None}


def test_a_png_of_the_middle_has_the_size_and_can_be_a_step_before_others() -> None:
    table = pa.table({"photo": [picture(100, 30), None]})
    small = T.Image(size=(4, 2), mode="RGB", crop="center", output="png")
    made = (rw.Pipeline("p")["photo"] >> [small, T.Image(size=(4, 2), mode="RGB")]).fit(table)
    assert made.transform(table).to_pandas().iloc[0].tolist() == [1.0, 0.0, 0.0] * 8
    png = (rw.Pipeline("p")["photo"] >> small).fit(table)
    assert Image.open(BytesIO(png.transform(table)["photo"][0].as_py())).size == (4, 2)
    assert png.row().values({"photo": table["photo"][0].as_py()}) == png.transform(table).to_pylist()[0]


def test_text_is_no_image() -> None:
    with pytest.raises(rw.SchemaError, match="expected bytes, got string"):
        (rw.Pipeline("p")["x"] >> T.Image()).fit(pd.DataFrame({"x": ["a"]}))
