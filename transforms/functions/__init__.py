"""Functions of users: plain Python over the values of a row, compiled where that is possible, in both paths."""

from ropeway.transforms.functions.declared import RowFunction, known_function, transform

__all__ = ["RowFunction", "known_function", "transform"]
