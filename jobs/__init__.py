"""Thin entry points: the `ropeway` command line and one spark-submit script per job."""
