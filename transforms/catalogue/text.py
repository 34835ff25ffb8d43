"""Text: cleaned, cut, and read, by Python's own `str` and `re`; each distinct text is worked on once."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pyarrow as pa

from ropeway.transforms.catalogue.base import OfColumn, State, is_whole
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value

__all__ = [
    "EmailDomain",
    "Length",
    "Lower",
    "NormalizeUnicode",
    "RegexExtract",
    "RegexReplace",
    "RemoveAccents",
    "RemovePunctuation",
    "Replace",
    "Strip",
    "TextToNumber",
    "Upper",
    "UrlDomain",
]


@dataclass(frozen=True, repr=False)
class _OfText(OfColumn):
    """What is done with each text alone."""

    takes = "text"


@dataclass(frozen=True, repr=False)
class Lower(_OfText):
    """Text in lower case, as Python's `str.lower` has it.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", None]})
    >>> (rw.Pipeline("p")["to"] >> T.Lower()).fit(frame).transform(frame)["to"].tolist()
    ['jfk', None]
    """

    oracle = "str.lower"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, str.lower, pa.string())]


@dataclass(frozen=True, repr=False)
class Upper(_OfText):
    """Text in upper case, as Python's `str.upper` has it: it may become longer.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"street": ["Hauptstraße", None]})
    >>> (rw.Pipeline("p")["street"] >> T.Upper()).fit(frame).transform(frame)["street"].tolist()
    ['HAUPTSTRASSE', None]
    """

    oracle = "str.upper"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, str.upper, pa.string())]


@dataclass(frozen=True, repr=False)
class Strip(_OfText):
    """Text without these characters at both ends; None: without white space, that of Unicode too.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [" a b\\u00a0", None]})
    >>> (rw.Pipeline("p")["x"] >> T.Strip()).fit(frame).transform(frame)["x"].tolist()
    ['a b', None]
    """

    chars: str | None = None
    oracle = "str.strip"

    def __post_init__(self) -> None:
        chars: Any = self.chars
        if chars is not None and (not isinstance(chars, str) or not chars):
            raise DeclarationError(f"Strip(chars={self.chars!r}): expected some characters, or None for white space.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_stripped, self.chars), pa.string())]


def _stripped(chars: str | None, text: str) -> str:
    return text.strip(chars)


@dataclass(frozen=True, repr=False)
class NormalizeUnicode(_OfText):
    """Text in a normal form of Unicode, so that what looks the same is the same; as `unicodedata.normalize`.

    form: NFC and NFD tell apart only what differs in meaning, NFKC and NFKD not even widths, ligatures and the like.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["\\ufb01ne", "e\\u0301"]})
    >>> (rw.Pipeline("p")["x"] >> T.NormalizeUnicode()).fit(frame).transform(frame)["x"].tolist()
    ['fine', 'é']
    """

    form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFKC"
    oracle = "unicodedata.normalize"

    def __post_init__(self) -> None:
        self._one_of("form", "NFC", "NFD", "NFKC", "NFKD")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_normal, self.form), pa.string())]


def _normal(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    return unicodedata.normalize(form, text)


@dataclass(frozen=True, repr=False)
class RemoveAccents(_OfText):
    """Text without accents: in the form NFKD, without combining marks, as scikit-learn's `strip_accents_unicode`.

    Letters that have no other letter in them stay, as ø and ß do.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["Zürich", "Tromsø"]})
    >>> (rw.Pipeline("p")["x"] >> T.RemoveAccents()).fit(frame).transform(frame)["x"].tolist()
    ['Zurich', 'Tromsø']
    """

    oracle = "sklearn.feature_extraction.text.strip_accents_unicode"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, without_accents, pa.string())]


def without_accents(text: str) -> str:
    """Text in the form NFKD without combining marks."""
    if text.isascii():
        return text
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


@dataclass(frozen=True, repr=False)
class RemovePunctuation(_OfText):
    """Text with `by` in place of each punctuation mark: the characters of Unicode's categories P and S.

    Those are what stands in `string.punctuation`, and the dashes, quotes and signs of all languages.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["don't - „stop“!", "1 €"]})
    >>> (rw.Pipeline("p")["x"] >> T.RemovePunctuation()).fit(frame).transform(frame)["x"].tolist()
    ['dont  stop', '1 ']
    """

    by: str = ""
    oracle = "own reference"

    def __post_init__(self) -> None:
        _need_text(self, "by", self.by)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_without_marks, self.by), pa.string())]


def _without_marks(by: str, text: str) -> str:
    return "".join(by if unicodedata.category(one)[0] in "PS" else one for one in text)


@dataclass(frozen=True, repr=False)
class Replace(_OfText):
    """Text with `by` in place of each `old`, from the left, as `str.replace`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["a.b.c", None]})
    >>> (rw.Pipeline("p")["x"] >> T.Replace(".", "-")).fit(frame).transform(frame)["x"].tolist()
    ['a-b-c', None]
    """

    old: str = ""
    by: str = ""
    oracle = "str.replace"

    def __post_init__(self) -> None:
        _need_text(self, "by", self.by)
        if not isinstance(self.old, str) or not self.old:  # type: ignore[redundant-expr]  # users are not type-checked
            raise DeclarationError(f"Replace(old={self.old!r}): expected the text that is to be replaced.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_replaced, self.old, self.by), pa.string())]


def _replaced(old: str, by: str, text: str) -> str:
    return text.replace(old, by)


@dataclass(frozen=True, repr=False)
class RegexReplace(_OfText):
    r"""Text with `by` in place of each match of a pattern of Python's `re`; `\1` in it is what the first group matched.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["flight 12 of 340", None]})
    >>> (rw.Pipeline("p")["x"] >> T.RegexReplace(r"\d+", "#")).fit(frame).transform(frame)["x"].tolist()
    ['flight # of #', None]
    """

    pattern: str = ""
    by: str = ""
    oracle = "re.sub"

    def __post_init__(self) -> None:
        found = as_pattern(self, "pattern", self.pattern)
        try:
            found.sub(self.by, "")
            re.compile(f"{self.pattern}|").sub(self.by, "")
        except (re.error, IndexError, TypeError, AttributeError) as error:
            raise DeclarationError(f"{self!r}: by={self.by!r} can't replace a match: {error}.") from None

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_substituted, re.compile(self.pattern), self.by), pa.string())]


def _substituted(pattern: re.Pattern[str], by: str, text: str) -> str:
    return pattern.sub(by, text)


@dataclass(frozen=True, repr=False)
class RegexExtract(_OfText):
    r"""What a group of the first match of a pattern of Python's `re` holds; missing without a match.

    group: its number, 0 for the whole match, or its name; None: 1 if the pattern has groups, else 0. A group that takes
    no part in the match is missing too (Spark's regexp_extract gives "" for both).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"tail": ["N104UW", "UW", None]})
    >>> (rw.Pipeline("p")["tail"] >> T.RegexExtract(r"N(\d+)")).fit(frame).transform(frame)["tail"].tolist()
    ['104', None, None]
    """

    pattern: str = ""
    group: int | str | None = None
    oracle = "re.search"

    def __post_init__(self) -> None:
        found = as_pattern(self, "pattern", self.pattern)
        if self.group is not None and not (
            self.group in found.groupindex or (is_whole(self.group, 0) and int(self.group) <= found.groups)
        ):
            raise DeclarationError(
                f"{self!r}: the pattern has {found.groups} groups"
                f"{''.join(f', {name!r}' for name in found.groupindex)}, and no group {self.group!r}."
            )

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        pattern = re.compile(self.pattern)
        group = self.group if self.group is not None else min(pattern.groups, 1)
        return [made.each(value, partial(_extracted, pattern, group), pa.string())]


def _extracted(pattern: re.Pattern[str], group: int | str, text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found.group(group)


@dataclass(frozen=True, repr=False)
class Length(_OfText):
    """How many characters a text has, named `{column}_length`; those of Unicode, as `len` counts them.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["Zürich", "", None]})
    >>> (rw.Pipeline("p")["x"] >> T.Length()).fit(frame).transform(frame)["x_length"].tolist()
    [6.0, 0.0, nan]
    """

    oracle = "len"

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_length",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.number(made.each(value, len, pa.int64()))]


@dataclass(frozen=True, repr=False)
class TextToNumber(_OfText):
    """The number that a text is, as Python's `float` reads it, with white space around it; missing where it is none.

    decimal, thousands: how they are written, "," and "." in much of Europe. "nan" is missing, "inf" infinite.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["1.234,5", " 7 ", "seven", None]})
    >>> (rw.Pipeline("p")["x"] >> T.TextToNumber(",", ".")).fit(frame).transform(frame)["x"].tolist()
    [1234.5, 7.0, nan, nan]
    """

    decimal: str = "."
    thousands: str = ""
    oracle = "float"

    def __post_init__(self) -> None:
        marks = isinstance(self.decimal, str) and isinstance(self.thousands, str)  # type: ignore[redundant-expr]  # users are not type-checked
        if not marks or len(self.decimal) != 1 or len(self.thousands) > 1 or self.decimal == self.thousands:
            raise DeclarationError(f"{self!r}: expected two different characters, or no thousands.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.number(made.each(value, partial(_number, self.decimal, self.thousands), pa.float64()))]


def _number(decimal: str, thousands: str, text: str) -> float | None:
    if thousands:
        text = text.replace(thousands, "")
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    if "_" in text:  # which is allowed in a program
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return None if math.isnan(found) else found


@dataclass(frozen=True, repr=False)
class UrlDomain(_OfText):
    """The host of a URL, in lower case, without user, port and "www."; missing where there is none.

    Without a scheme, as in "example.com/x", what stands before the first slash is the host.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["https://me@www.Example.com:8080/a?b", "example.org", "/a", None]})
    >>> (rw.Pipeline("p")["x"] >> T.UrlDomain()).fit(frame).transform(frame)["x"].tolist()
    ['example.com', 'example.org', None, None]
    """

    oracle = "own reference"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, url_domain, pa.string())]


_URL = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/?#\s]*@)?(\[[0-9a-f:.]+\]|[^/?#\s:@\[\]]+)(?::[0-9]*)?(?:[/?#].*)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_SCHEME = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def url_domain(text: str) -> str | None:
    """The host of a URL."""
    found = _URL.fullmatch(text if _SCHEME.match(text) else f"//{text.lstrip()}")
    if found is None:
        return None
    host = found[1].lower().rstrip(".")
    return host.removeprefix("www.") or None


@dataclass(frozen=True, repr=False)
class EmailDomain(_OfText):
    """What stands behind the last @ of an address, in lower case; missing where it is no address.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["Ann <ann@Example.com>", "ann@", None]})
    >>> (rw.Pipeline("p")["x"] >> T.EmailDomain()).fit(frame).transform(frame)["x"].tolist()
    ['example.com', None, None]
    """

    oracle = "own reference"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, email_domain, pa.string())]


_EMAIL = re.compile(r"[^@]*[^@\s<]@([^@\s<>]+)>?\s*")


def email_domain(text: str) -> str | None:
    """The domain of an address."""
    found = _EMAIL.fullmatch(text)
    return None if found is None else found[1].lower().rstrip(".") or None


def as_pattern(what: object, name: str, pattern: object) -> re.Pattern[str]:
    """A pattern, compiled; raises `DeclarationError` for none."""
    try:
        if not isinstance(pattern, str) or not pattern:
            raise DeclarationError(f"{type(what).__name__}({name}={pattern!r}): expected a pattern of Python's re.")
        return re.compile(pattern)
    except re.error as error:
        raise DeclarationError(f"{type(what).__name__}({name}={pattern!r}) is no pattern of re: {error}.") from None


def _need_text(what: object, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise DeclarationError(f"{type(what).__name__}({name}={value!r}): expected text.")
