"""The operations by name. A name stands in stored expressions and is never given to another operation."""

from ropeway.transforms.expressions.arithmetic import Arithmetic, Divide, Negate
from ropeway.transforms.expressions.casting import Cast
from ropeway.transforms.expressions.choices import Clip, Coalesce, Extreme, When
from ropeway.transforms.expressions.conditions import Comparison, Connective, IsIn, IsNull, Not
from ropeway.transforms.expressions.maths import Curve, Modulo, Plane, Power, Round, Whole
from ropeway.transforms.expressions.nested import ListContains, ListGet, ListSlice, MapGet, Size
from ropeway.transforms.expressions.operations import Operation
from ropeway.transforms.expressions.text import (
    Cased,
    Concat,
    Extract,
    Holds,
    Length,
    Matches,
    Pad,
    Replace,
    Slice,
    Split,
    Stripped,
    ZeroFill,
)
from ropeway.transforms.expressions.times import FIELDS, DateOf, Field, TotalSeconds, Truncate

_CURVES = (
    "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "degrees", "radians",
)  # fmt: skip

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Arithmetic("add", "+"),
        Arithmetic("subtract", "-"),
        Arithmetic("multiply", "*"),
        Divide("divide", "/"),
        Negate("negate", "-"),
        Comparison("equal", "=="),
        Comparison("not_equal", "!="),
        Comparison("less", "<"),
        Comparison("less_equal", "<="),
        Comparison("greater", ">"),
        Comparison("greater_equal", ">="),
        Connective("and", "&"),
        Connective("or", "|"),
        Not("not", "~"),
        IsNull("is_null", "is_null"),
        IsNull("is_not_null", "is_not_null"),
        IsIn("is_in", "isin"),
        Modulo("modulo", "%"),
        Modulo("floor_divide", "//"),
        Power("power", "**"),
        *(Whole(name, name) for name in ("abs", "sign", "floor", "ceil", "trunc")),
        Round("round", "round"),
        *(Curve(name, name) for name in _CURVES),
        Plane("atan2", "atan2"),
        Plane("hypot", "hypot"),
        When("when", "when"),
        Coalesce("coalesce", "coalesce"),
        Extreme("greatest", "greatest"),
        Extreme("least", "least"),
        Clip("clip", "clip"),
        Cast("cast", "cast"),
        Concat("concat", "concat"),
        Cased("str.lower", "str.lower"),
        Cased("str.upper", "str.upper"),
        *(Stripped(f"str.{name}", f"str.{name}") for name in ("strip", "lstrip", "rstrip")),
        Length("str.len", "str.len"),
        *(Holds(f"str.{name}", f"str.{name}") for name in ("contains", "starts_with", "ends_with")),
        Replace("str.replace", "str.replace"),
        Slice("str.slice", "str.slice"),
        Split("str.split", "str.split"),
        Matches("str.matches", "str.matches"),
        Extract("str.extract", "str.extract"),
        Pad("str.pad", "str.pad"),
        ZeroFill("str.zfill", "str.zfill"),
        *(Field(f"dt.{name}", f"dt.{name}") for name in FIELDS),
        DateOf("dt.date", "dt.date"),
        Truncate("dt.truncate", "dt.truncate"),
        TotalSeconds("dt.total_seconds", "dt.total_seconds"),
        Size("list.len", "list.len"),
        ListGet("list.get", "list.get"),
        ListContains("list.contains", "list.contains"),
        ListSlice("list.slice", "list.slice"),
        MapGet("map.get", "map.get"),
        Size("map.len", "map.len"),
    )
}
