"""Packages of the wheel: `ropeway` and what lies below it, through the links to the folders at the top level.

Everything else about the project stands in pyproject.toml.
"""

from setuptools import find_packages, setup

setup(packages=find_packages(include=["ropeway", "ropeway.*"]), package_data={"ropeway": ["py.typed"]})
