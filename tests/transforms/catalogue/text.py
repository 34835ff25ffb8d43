"""Cases of text."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from sklearn.feature_extraction.text import strip_accents_unicode

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def of_text(function: Callable[[Any], Any], names: str = "{}") -> Callable[..., Any]:
    """What a function says of each text, None of None."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                names.format(name): pd.Series(
                    [None if one is None else function(one) for one in apply[name]], dtype=object
                )
                for name in columns
            }
        )

    return expected


def _number(text: str) -> float | None:
    found = re.fullmatch(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", text, re.IGNORECASE)
    return None if found is None else float(text)


def _host(text: str) -> str | None:
    if any(one in text for one in " \t\n"):
        return None
    host = urlsplit(text if "//" in text else f"//{text}").hostname
    return host.removeprefix("www.") if host else None


def _domain(text: str) -> str | None:
    found = re.search(r"[^@\s]@([^@\s]+)$", text)
    return found[1].lower() if found else None


def _urls(frame: pd.DataFrame) -> pd.DataFrame:
    ends: tuple[Any, ...] = (
        "http://A.example:80/x",
        "user@mail.example",
        "www.b.example/?q=@",
        "a@@b",
        "",
        "no host here",
        None,
        "//c.d#e",
    )
    return frame.assign(words=[ends[at % len(ends)] for at in range(len(frame))])


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    ends: list[Any] = ["1", " -2.5e3\n", "1_000", "seven", "", None, "0x10", "1.7976931348623157e308", ".5"]
    return frame.assign(words=[ends[at % len(ends)] for at in range(len(frame))])


TEXT = ("dest", "notes")
CASES = [
    Case(T.Lower(), ("carrier", *TEXT), of_text(str.lower)),
    Case(T.Upper(), ("carrier", *TEXT), of_text(str.upper)),
    Case(T.Strip(), TEXT, of_text(str.strip)),
    Case(T.Strip(" .K"), TEXT, of_text(lambda text: text.strip(" .K"))),
    Case(T.NormalizeUnicode(), TEXT, of_text(lambda text: unicodedata.normalize("NFKC", text))),
    Case(T.RemoveAccents(), TEXT, of_text(strip_accents_unicode)),
    Case(
        T.RemovePunctuation(" "), TEXT,
        of_text(lambda text: "".join(" " if unicodedata.category(one) in {
            "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
        } else one for one in text)),
    ),
    Case(T.Replace("l", "LL"), TEXT, of_text(lambda text: text.replace("l", "LL"))),
    Case(
        T.RegexReplace(r"(\w)(\w+)", r"\2\1"), TEXT, of_text(lambda text: re.sub(r"(\w)(\w+)", r"\2\1", text))
    ),
    Case(
        T.RegexExtract(r"(\d+)(\.\d+)?", group=2), TEXT,
        of_text(lambda text: next((one[2] for one in re.finditer(r"(\d+)(\.\d+)?", text)), None)),
    ),
    Case(T.RegexExtract("[aeiou]{2}"), TEXT, of_text(lambda text: next(iter(re.findall("[aeiou]{2}", text)), None))),
    Case(T.Length(), TEXT, of_text(len, "{}_length"), ulps=0),
    Case(T.TextToNumber(), ("words",), of_text(_number), changed=_numbers, ulps=0),
    Case(T.UrlDomain(), ("words",), of_text(_host), changed=_urls),
    Case(T.EmailDomain(), ("words",), of_text(_domain), changed=_urls),
]  # fmt: skip
