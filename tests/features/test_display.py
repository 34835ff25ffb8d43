"""Views and services as a notebook shows them."""

from html.parser import HTMLParser

import ropeway as rw
from tests.features.samples import flights, new_service, rich_service


class Cells(HTMLParser):
    """Collects the text of each cell of a table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.caption = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.caption += data
        elif self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def cells(html: str) -> Cells:
    parser = Cells()
    parser.feed(html)
    assert parser.open == []
    return parser


def test_a_row_for_each_column() -> None:
    view = rw.FeatureView(
        "v",
        rw.Entity("plane", ["tailnum"]),
        flights(),
        [
            rw.count().over("1d", "7d").where(rw.col("origin") == "<b>JFK</b>"),
            rw.mean(rw.col("a") - 1).alias("m"),
            "dest",
        ],
    )
    shown = cells(view.with_join_key_map({"tailnum": "tail"})._repr_html_())
    assert shown.caption == "Feature view v: v by tailnum = tail from flights"
    assert shown.rows == [
        ["column", "computes", "window", "where"],
        ["v__count_1d", "count()", "[t-1d, t)", 'col("origin") == "<b>JFK</b>"'],
        ["v__count_7d", "count()", "[t-7d, t)", 'col("origin") == "<b>JFK</b>"'],
        ["v__m", 'mean(col("a") - 1)', "(-inf, t)", ""],
        ["v__dest", 'last("dest", skip_null=False)', "(-inf, t)", ""],
    ]


def test_a_service_shows_all_its_views() -> None:
    service = rich_service()
    shown = cells(service._repr_html_())
    assert [row[0] for row in shown.rows[1:]] == list(service.names)
    assert shown.caption.startswith(
        "Feature service delays: plane_history by tailnum from flights; partner by tailnum ="
    )


def test_what_is_done_to_rows_and_derived_columns_are_shown() -> None:
    service = new_service()
    rows = {row[0]: row[1:] for row in cells(service._repr_html_()).rows}
    assert list(rows) == ["column", *service.names]
    assert rows["delays__arr_delay_sum_by_dest_7d"] == ['sum("arr_delay").by("dest")', "[t-7d, t)", ""]
    assert rows["delays__stops_count_distinct_7d"] == ['count_distinct("stops").explode()', "[t-7d, t)", ""]
    assert rows["delays__dest_last_n_rows10"][1] == "(-inf, t), last 10 rows"
    assert rows["later__late"] == ['any(col("arr_delay") > 60)', "[t, t+1d)", 'col("diverted")']
    assert rows["rare"] == ['(col("share") < 0.5) & col("later__late")', "", ""]


def test_markup_in_names_is_text() -> None:
    view = rw.FeatureView("<i>", rw.Entity("<u>"), rw.Source("<s>", "delta:x", "t"), ["<b>"])
    shown = cells(view._repr_html_())
    assert shown.caption == "Feature view <i>: <i> by <u> from <s>"
    assert shown.rows[1][0] == "<i>__<b>"
