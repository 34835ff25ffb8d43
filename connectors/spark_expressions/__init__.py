"""Expressions as columns of Spark, wherever Spark gives the same bits; elsewhere there is none, and Arrow computes.

What is missing here is missing for a reason: Java's letters and regular expressions are not Python's, its texts of
floats and its logarithms neither; what can overflow raises another error. Integers are taken as far as their types and
constants show that nothing does. NaN is null here as everywhere, so each column of floats leaves it out.
"""

from ropeway.connectors.spark_expressions.compiler import WAYS, spark_column, spark_filter

__all__ = ["WAYS", "spark_column", "spark_filter"]
