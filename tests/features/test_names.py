"""Names that declarations give."""

import pytest

from ropeway.features.names import (
    checked_column,
    checked_columns,
    checked_mapping,
    checked_name,
    checked_output_name,
    checked_text,
    checked_view_name,
)
from ropeway.transforms.errors import DeclarationError


def test_names() -> None:
    assert checked_name("any thing", "an entity") == "any thing"
    assert checked_output_name("délai_µ", "a feature") == "délai_µ"
    assert checked_view_name("_plane_history") == "_plane_history"
    for wrong in ("", None, 5):
        with pytest.raises(DeclarationError, match="The name of an entity must be a string that is not empty"):
            checked_name(wrong, "an entity")


@pytest.mark.parametrize("wrong", ["a b", "a,b", "a;b", "a{", "a}", "a(b", "a)b", "a\nb", "a\tb", "a=b"])
def test_names_that_delta_takes_in_no_column(wrong: str) -> None:
    with pytest.raises(DeclarationError, match="The name of a feature becomes part of column names, which hold no "):
        checked_output_name(wrong, "a feature")


@pytest.mark.parametrize("wrong", ["a__b", "__a", "a_", "a__"])
def test_view_names_end_where_the_separator_begins(wrong: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        checked_view_name(wrong)
    assert str(caught.value) == (
        f"The name of a feature view must not contain '__' nor end in '_', since '__' ends it in the names of output "
        f"columns: {wrong!r}."
    )


def test_columns() -> None:
    assert checked_column("any thing", "x") == "any thing"
    assert checked_columns(["b", "a"], "x") == ("b", "a")
    assert checked_columns((), "x") == ()
    for wrong, message in [
        ("flight", "tiebreak: expected a list of column names, such as ['flight'], got 'flight'."),
        (5, "tiebreak: expected a list of column names, such as ['a'], got 5."),
        (["a", ""], "tiebreak: expected the name of a column, got ''."),
        ([None], "tiebreak: expected the name of a column, got None."),
        (["a", "b", "a"], "tiebreak: 'a' stands there twice."),
    ]:
        with pytest.raises(DeclarationError) as caught:
            checked_columns(wrong, "tiebreak")
        assert str(caught.value) == message


def test_mappings_and_texts() -> None:
    assert checked_mapping(None, "tags") == {}
    for wrong in (["a"], {"a": 1}, {1: "a"}, "a"):
        with pytest.raises(DeclarationError, match="tags: expected a dict of strings to strings"):
            checked_mapping(wrong, "tags")
    assert checked_text("", "owner") == ""
    with pytest.raises(DeclarationError, match="owner: expected a string, got None"):
        checked_text(None, "owner")
