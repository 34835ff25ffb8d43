"""Who does the headline work: a file each, which names its engine, one of `benchmarks.engines`, and has

    answer(session, data)    from Parquet files to all features of all queries: `id` and the columns of
                             `data.FEATURES`, those of ropeway with the view's name before them, in any order

A file may have `stages(session, data)`: where its time goes, in seconds by name. The runners on one machine leave
their answers in memory, in the order of the queries. Those on Spark write them, all columns and rows, to Spark's
`noop` format, which drops them; `table_local` and `table_spark`, which show how ropeway grows, write a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.data import Variant

_EVEN: tuple[Variant, ...] = ("uniform", "zipf")
# A join makes all pairs of events and queries of a key: 100 million with uniform keys, 700 billion with Zipf's.
_UNIFORM: tuple[Variant, ...] = ("uniform",)


@dataclass(frozen=True)
class Peer:
    """One runner; `module` is where it stands, `beside` names the runner of ropeway that it is compared with.

    `file` is that of the runner if it has another name than its row; `settings` are variables of its environment.
    """

    name: str
    title: str
    beside: str = ""
    variants: tuple[Variant, ...] = _EVEN
    answers: bool = True
    folder: str = "peers"
    file: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return f"benchmarks.{self.folder}.{self.file or self.name}"


PEERS = (
    Peer("ropeway_local", "**ropeway, local**"),
    Peer("polars_rolling", "polars, `rolling`", "ropeway_local"),
    Peer("polars_join", "polars, join and group", "ropeway_local", _UNIFORM),
    Peer("duckdb_frames", "DuckDB, range frames", "ropeway_local"),
    Peer("duckdb_join", "DuckDB, join and group", "ropeway_local", _UNIFORM),
    Peer("ropeway_spark", "**ropeway, Spark**"),
    Peer("spark_frames", "Spark SQL, range frames", "ropeway_spark"),
    Peer("spark_join", "Spark SQL, join and group", "ropeway_spark", _UNIFORM),
    Peer("spark_floor", "Spark's shuffle of rows, to Python and back, alone", "ropeway_spark", answers=False),
)
