"""The transforms that are timed beside scikit-learn's: pairs out of the cases of the tests, a line of a table each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.transforming.data import Kind
from ropeway.transforms.catalogue.base import Transform
from tests.transforms.catalogue.cases import cases

#: cases beside the first one of their class: other parameters that mean other work
_ALSO = (
    "SimpleImputer(strategy='median', add_indicator=True)",
    "SimpleImputer(strategy='most_frequent')",
    "KBinsDiscretizer(n_bins=7, encode='ordinal', strategy='uniform')",
    "KBinsDiscretizer(n_bins=4, encode='ordinal', strategy='kmeans')",
    "PowerTransformer(method='box-cox')",
    "QuantileTransformer(n_quantiles=50, output_distribution='normal')",
    "OneHotEncoder(handle_unknown='infrequent_if_exist', max_categories=3)",
    "SelectKBest(score_func='f_regression', k=2)",
)
_NUMBERS: tuple[tuple[Kind, int], ...] = (("numbers", 10),)
_CATEGORIES: tuple[tuple[Kind, int], ...] = (("categories", 10), ("many", 3))
#: of what columns, and of how many, by class; a line for each
_COLUMNS: Mapping[str, tuple[tuple[Kind, int], ...]] = {
    "SimpleImputer": (("holes", 10),),
    "SimpleImputer(strategy='most_frequent')": (("categories", 10),),
    "MissingIndicator": (("holes", 10),),
    "PowerTransformer(method='box-cox')": (("positive", 10),),
    "PolynomialFeatures": (("numbers", 5),),
    "SplineTransformer": (("numbers", 5),),
    "OneHotEncoder": (("categories", 5),),
    "OrdinalEncoder": _CATEGORIES,
    "TargetEncoder": _CATEGORIES,
    "CountVectorizer": (("text", 1),),
    "TfidfVectorizer": (("text", 1),),
    "HashingVectorizer": (("text", 1),),
    "TfidfTransformer": (("counts", 10),),
}
#: rows at scale 1; text is compared in dense columns, one for each word
_ROWS, _TEXTS = 1_000_000, 50_000
_WORDS: Mapping[Kind, str] = {
    "numbers": "numbers", "holes": "numbers with holes", "positive": "positive numbers", "counts": "whole numbers",
    "categories": "columns of 20 categories", "many": "columns of 10,000 categories", "text": "column of text",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A transform, and the transformer of scikit-learn that does the same to the same columns.

    within: how far, relatively, the answers may differ.
    """

    name: str
    transform: Transform
    transformer: Any
    kind: Kind
    columns: int
    y: str | None = None
    within: float = 1e-6

    def rows(self, scale: float) -> int:
        """How many rows it is timed on."""
        return max(200, round((_TEXTS if self.kind == "text" else _ROWS) * scale))

    @property
    def title(self) -> str:
        """The declaration, and of what."""
        return f"`{self.transform!r}`, {self.columns} {_WORDS[self.kind]}"


def _lines() -> dict[str, Line]:
    made: dict[str, Line] = {}
    seen: set[str] = set()
    for case in cases():
        kind, text = type(case.transform).__name__, repr(case.transform)
        transformer = getattr(case.expected, "transformer", None)
        if transformer is None or text in seen or (kind in seen and text not in _ALSO):
            continue
        seen |= {kind, text}
        for columns, number in _COLUMNS.get(text, _COLUMNS.get(kind, _NUMBERS)):
            name = _name(text, columns)
            y = getattr(case.expected, "y", None)
            made[name] = Line(name, case.transform, transformer, columns, number, y, max(1e-6, 10 * case.within))
    return made


def _name(text: str, columns: Kind) -> str:
    """As it can be typed: "KBinsDiscretizer-uniform", "OrdinalEncoder-many"."""
    kind, _, parameters = text.rstrip(")").partition("(")
    words = [part.partition("=")[2].strip("'") for part in parameters.split(", ") if part.count("'") == 2]
    return "-".join([kind, *words, *(["many"] if columns == "many" else [])])


LINES: Mapping[str, Line] = _lines()

_LIBM = "one scalar libm for columns and rows; numpy's functions are vectorised, and differ in the last bit"
_EXACT = (
    "exact sums of products, which merge in any order, after a pass for the means; scikit-learn adds rounded floats"
)
_COMPILED = "nothing or next to nothing is learned: types are read, and the program is made, some milliseconds"
_SORTED = "all distinct values with their counts, which merge in any order; scikit-learn looks for a few ranks"
_OBJECTS = "text becomes Arrow's and Python's again, a new object for each row; scikit-learn copies addresses"
_MEMORY = "bound by memory: pieces are copied into registers and out of them, scikit-learn writes once"
#: why a ratio is below 1, by the line or its class and the act, if it is
REASONS: Mapping[tuple[str, str], str] = {
    **{(name, "fit"): _EXACT for name in ("PCA", "SelectKBest-f_regression", "TruncatedSVD")},
    **{(name, "fit"): _SORTED for name in (
        "RobustScaler", "KBinsDiscretizer", "QuantileTransformer", "SimpleImputer-median",
    )},
    **{(name, "fit"): _COMPILED for name in (
        "KBinsDiscretizer-ordinal-uniform", "SplineTransformer", "GaussianRandomProjection", "SparseRandomProjection",
        "RBFSampler", "PolynomialFeatures", "Binarizer", "Normalizer", "MinMaxScaler", "MaxAbsScaler",
        "MissingIndicator", "HashingVectorizer",
    )},
    ("SimpleImputer-most_frequent", "transform"): _OBJECTS,
    ("PowerTransformer", "transform"): _LIBM,
    **{(name, "transform"): _MEMORY for name in (
        "StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "MissingIndicator", "KBinsDiscretizer",
        "SimpleImputer", "SparseRandomProjection", "Binarizer",
    )},
}  # fmt: skip


def reason(line: Line, act: str) -> str:
    """Why it may be slower than scikit-learn's; "" where nothing is known."""
    return REASONS.get((line.name, act)) or REASONS.get((type(line.transform).__name__, act), "")
