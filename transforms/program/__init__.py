"""Programs: what transforms compile to, run over the columns of a table or over one row with the same answer."""

from ropeway.transforms.program.builder import Builder, Value
from ropeway.transforms.program.functions import Function
from ropeway.transforms.program.program import Columns, Program

__all__ = ["Builder", "Columns", "Function", "Program", "Value"]
