"""Expressions over columns: `col("x") * 2 > 5` as a tree, computed over columns and for single rows alike."""

from ropeway.transforms.expressions.evaluator import evaluate, output_type
from ropeway.transforms.expressions.functions import atan2, coalesce, concat, greatest, hypot, least, when
from ropeway.transforms.expressions.row import compiled_row
from ropeway.transforms.expressions.tree import Expression, col, lit

__all__ = [
    "Expression",
    "atan2",
    "coalesce",
    "col",
    "compiled_row",
    "concat",
    "evaluate",
    "greatest",
    "hypot",
    "least",
    "lit",
    "output_type",
    "when",
]
