"""The operations by name. A name stands in stored expressions and is never given to another operation."""

from ropeway.transforms.expressions.arithmetic import Arithmetic, Divide, Negate
from ropeway.transforms.expressions.conditions import Comparison, Connective, IsIn, IsNull, Not
from ropeway.transforms.expressions.operations import Operation

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
    )
}
