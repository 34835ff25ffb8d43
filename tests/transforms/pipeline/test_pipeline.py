"""Declaring pipelines: lines, selections, aliases, pipelines inside of pipelines, and what is refused at once."""

import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({
    "delay": [1.0, None, 5.0, 2.0], "distance": [10, 20, 30, 40], "carrier": ["AA", "UA", "AA", None],
    "at": pd.to_datetime(["2013-01-01"] * 4), "late": [0, 1, 1, 0],
})  # fmt: skip


def test_a_pipeline_never_changes() -> None:
    empty = rw.Pipeline("p")
    one = empty["delay"] >> T.StandardScaler()
    assert empty.lines == ()
    assert len((one["distance"] >> T.StandardScaler()).lines) == 2
    assert len(one.lines) == 1


def test_columns_are_selected_by_name_list_tuple_and_type() -> None:
    names = {
        "one": rw.Pipeline("p")["delay"],
        "two": rw.Pipeline("p")["delay", "distance"],
        "list": rw.Pipeline("p")[["delay", "distance"]],
        "tuple": rw.Pipeline("p")[("delay", "distance")],
        "type": rw.Pipeline("p")[T.numeric() - "late"],
        "mixed": rw.Pipeline("p")["distance", T.matching("^de")],
    }
    made = {name: (chosen >> T.MaxAbsScaler()).fit(FRAME).names for name, chosen in names.items()}
    both = ("delay", "distance")
    assert made == {
        "one": ("delay",), "two": both, "list": both, "tuple": both, "type": both, "mixed": ("distance", "delay")
    }  # fmt: skip


def test_selectors_join_and_take_away() -> None:
    schema = pa.Schema.from_pandas(FRAME, preserve_index=False)
    assert (T.text() | T.temporal()).chosen(schema) == ["carrier", "at"]
    assert (T.numeric() & T.matching("^d")).chosen(schema) == ["delay", "distance"]
    assert (T.all_columns() - T.numeric()).chosen(schema) == ["carrier", "at"]
    with pytest.raises(rw.DeclarationError, match="regular expression"):
        T.matching("(")
    with pytest.raises(rw.DeclarationError, match="another selector"):
        T.numeric() | 3


def test_the_target_is_no_input_of_selectors() -> None:
    fitted = (rw.Pipeline("p")[T.numeric()] >> T.MaxAbsScaler()).fit(FRAME, y="late")
    assert fitted.names == ("delay", "distance")
    with pytest.raises(rw.SchemaError, match="'late' is the target"):
        (rw.Pipeline("p")["late"] >> T.MaxAbsScaler()).fit(FRAME, y="late")


def test_an_alias_feeds_another_line_and_is_no_output_then() -> None:
    p = rw.Pipeline("p")["delay"] >> [T.SimpleImputer(), T.StandardScaler().alias("z")]
    p = p["z"] >> T.MinMaxScaler().alias("unit")
    fitted = p.fit(FRAME)
    assert fitted.names == ("unit",)
    assert fitted.lineage("unit").columns == ("delay",)
    assert fitted.lineage("unit").steps == (
        "SimpleImputer()", "StandardScaler().alias('z')", "MinMaxScaler().alias('unit')"
    )  # fmt: skip
    assert (p["z"] >> T.Passthrough()).fit(FRAME).names == ("unit", "z")


def test_an_alias_of_several_outputs_is_their_beginning() -> None:
    p = rw.Pipeline("p")["delay", "distance"] >> T.MaxAbsScaler().alias("m")
    p = p["m"] >> T.StandardScaler()
    assert p.fit(FRAME).names == ("m_delay", "m_distance")


def test_an_alias_in_the_middle_of_a_line_leaves_its_outputs() -> None:
    p = rw.Pipeline("p")["delay"] >> [T.SimpleImputer().alias("full"), T.StandardScaler()]
    p = p["full"] >> T.MaxAbsScaler().alias("m")
    assert p.fit(FRAME).names == ("full", "m")


def test_a_pipeline_is_a_step() -> None:
    numbers = rw.Pipeline("numbers")[T.numeric()] >> [T.SimpleImputer(), T.StandardScaler()]
    p = rw.Pipeline("p")["delay", "distance", "carrier"] >> numbers
    p = p["delay"] >> [T.MaxAbsScaler(), rw.Pipeline("inner")["delay"] >> T.MinMaxScaler().alias("unit")]
    fitted = p.fit(FRAME)
    assert fitted.names == ("delay", "distance", "unit")
    alone = (numbers.fit(FRAME[["delay", "distance"]])).transform(FRAME)
    pd.testing.assert_frame_equal(fitted.transform(FRAME)[["delay", "distance"]], alone)


def test_lineage_says_of_which_columns_an_output_is_made() -> None:
    p = rw.Pipeline("p")["carrier", "distance"] >> T.HashedCross(n_bins=7)
    p = p["carrier"] >> [T.SimpleImputer(strategy="most_frequent"), T.OneHotEncoder()]
    fitted = p.fit(FRAME)
    assert fitted.lineage("carrier_distance").columns == ("distance", "carrier")
    assert fitted.lineage("carrier_AA").columns == ("carrier",)
    with pytest.raises(rw.UsageError, match="no output 'carrier'"):
        fitted.lineage("carrier")


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda p: p["delay"] >> [], "at least one transform"),
        (lambda p: p["delay"] >> T.StandardScaler, r"it is a class; write StandardScaler\(\)"),
        (lambda p: p["delay"] >> 3, "expected a transform"),
        (lambda p: p >> T.StandardScaler(), "say of which columns"),
        (lambda p: p >> 3, "expected an estimator"),
        (lambda p: p[3] >> T.StandardScaler(), "expected names of columns"),
        (lambda p: p[[]] >> T.StandardScaler(), "expected names of columns"),
        (lambda p: p["delay"] >> T.StandardScaler().alias("a b"), "without spaces"),
        (lambda p: p["delay"] >> [T.Lower().alias("z"), T.Lower().alias("z")], "two steps are called 'z'"),
        (lambda p: (p["z"] >> T.Lower())["delay"] >> T.Lower().alias("z"), "before"),
        (lambda p: p["carrier"] >> T.OneHotEncoder(drop="last"), "None or 'first' or 'if_binary'"),
    ],
)
def test_what_means_nothing_is_refused_where_it_is_declared(declare: object, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare(rw.Pipeline("p"))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        (
            rw.Pipeline("p")["dely"] >> T.StandardScaler(),
            "selects 'dely', and the pandas frame has no such column. It has: delay, distance",
        ),
        (rw.Pipeline("p")["carrier"] >> T.StandardScaler(), "'carrier': expected numbers, got string"),
        (rw.Pipeline("p")["at"] >> T.OneHotEncoder(), "'at': expected categories"),
        (rw.Pipeline("p")[T.boolean()] >> T.StandardScaler(), "selects no column of delay"),
        (rw.Pipeline("p")["delay"] >> T.StandardScaler().alias("carrier"), "alias 'carrier' is a column of the frame"),
        (
            (rw.Pipeline("p")["delay"] >> T.StandardScaler())["delay"] >> T.MinMaxScaler(),
            "both give a column 'delay'",
        ),
        (rw.Pipeline("p")["carrier"] >> T.SimpleImputer(), "there is no mean of string"),
    ],
)
def test_what_does_not_fit_the_frame_is_refused_before_work(pipeline: rw.Pipeline, message: str) -> None:
    with pytest.raises(rw.SchemaError, match=message):
        pipeline.fit(FRAME)


def test_a_pipeline_without_lines_and_a_missing_target_are_refused() -> None:
    with pytest.raises(rw.UsageError, match="has no lines"):
        rw.Pipeline("p").fit(FRAME)
    encoded = rw.Pipeline("p")["carrier"] >> T.TargetEncoder()
    with pytest.raises(rw.UsageError, match="learns from a target"):
        encoded.fit(FRAME)
    with pytest.raises(rw.SchemaError, match=r"y='lat': .*no such column"):
        encoded.fit(FRAME, y="lat")
    with pytest.raises(rw.UsageError, match="3 values for 4 rows"):
        encoded.fit(FRAME, y=[1, 2, 3])


def test_a_target_may_be_values() -> None:
    encoded = rw.Pipeline("p")["carrier"] >> T.TargetEncoder(cv=2)
    of_column, of_values = encoded.fit(FRAME, y="late"), encoded.fit(FRAME, y=FRAME["late"].to_numpy())
    assert of_column.states["0.0"][0]["table"].tolist() == of_values.states["0.0"][0]["table"].tolist()


def test_it_shows_itself_as_code() -> None:
    p = rw.Pipeline("p")["delay", T.matching("^x")] >> [T.SimpleImputer(strategy="median"), T.StandardScaler()]
    p = p["carrier"] >> T.OneHotEncoder(min_frequency=10).alias("c")
    assert repr(p).splitlines() == [
        "Pipeline('p')",
        "    ['delay', T.matching('^x')] >> [SimpleImputer(strategy='median'), StandardScaler()]",
        "    ['carrier'] >> OneHotEncoder(min_frequency=10).alias('c')",
    ]
