"""Transforms beside scikit-learn's: their data and lines, and who times what, each in a process of its own.

A file that times has `figures(asked)`, which gives numbers by name; `act` calls it in a new process.
"""
