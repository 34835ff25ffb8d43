"""Expressions over columns: `col("x") * 2 > 5` as a tree, and the one evaluator that every engine uses."""

from ropeway.transforms.expressions.evaluator import evaluate, output_type
from ropeway.transforms.expressions.tree import Expression, col, lit

__all__ = ["Expression", "col", "evaluate", "lit", "output_type"]
