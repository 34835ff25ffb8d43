"""Cases of what is done with missing values."""

from sklearn import impute as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

NUMBERS = ("x", "holes", "whole")

CASES = [
    Case(T.SimpleImputer(), NUMBERS, sklearn(sk.SimpleImputer())),
    Case(
        T.SimpleImputer(strategy="median", add_indicator=True),
        NUMBERS,
        sklearn(sk.SimpleImputer(strategy="median", add_indicator=True)),
    ),
    Case(
        T.SimpleImputer(strategy="constant", fill_value=-1),
        NUMBERS,
        sklearn(sk.SimpleImputer(strategy="constant", fill_value=-1)),
    ),
    Case(
        T.SimpleImputer(strategy="most_frequent"),
        ("small", "holes"),
        sklearn(sk.SimpleImputer(strategy="most_frequent")),
    ),
    Case(
        T.SimpleImputer(strategy="most_frequent"),
        ("carrier", "dest"),
        sklearn(sk.SimpleImputer(strategy="most_frequent")),
    ),
    Case(T.MissingIndicator(), ("x", "holes"), sklearn(sk.MissingIndicator())),
    Case(T.MissingIndicator(features="all"), ("x", "holes"), sklearn(sk.MissingIndicator(features="all"))),
]
