"""The version of ropeway, in the one place that everything reads: packaging, the package and the commits it writes."""

__version__ = "0.1.0"
