"""Who does the headline work: a file each, with the same three functions.

    start(threads)         what a program does once before it works: a session, a connection; not timed
    run(session, data)     the work, timed: from Parquet files to all features of all queries
    table(session, data)   the same answers as an Arrow table: `id` and the columns of `data.FEATURES`, in any order

A file may have `stages(session, data)`: where its time goes, in seconds by name. The runners on one machine leave
their answers in memory, in the order of the queries. Those on Spark write them, all columns and rows, to Spark's
`noop` format, which drops them.
"""

from dataclasses import dataclass

from benchmarks.data import VARIANTS, Variant

HEAP = "4g"  # of Java, in all sessions of Spark


@dataclass(frozen=True)
class Peer:
    """One runner; `beside` names the runner of ropeway that it is compared with."""

    name: str
    title: str
    beside: str = ""
    variants: tuple[Variant, ...] = VARIANTS
    answers: bool = True


# A join makes all pairs of events and queries of a key: 100 million with uniform keys, 700 billion with Zipf's.
_UNIFORM: tuple[Variant, ...] = ("uniform",)

PEERS = (
    Peer("ropeway_local", "**ropeway, local**"),
    Peer("polars_rolling", "polars, `rolling`", "ropeway_local"),
    Peer("polars_join", "polars, join and group", "ropeway_local", _UNIFORM),
    Peer("duckdb_frames", "DuckDB, range frames", "ropeway_local"),
    Peer("duckdb_join", "DuckDB, join and group", "ropeway_local", _UNIFORM),
    Peer("ropeway_spark", "**ropeway, Spark**"),
    Peer("spark_frames", "Spark SQL, range frames", "ropeway_spark"),
    Peer("spark_join", "Spark SQL, join and group", "ropeway_spark", _UNIFORM),
    Peer("spark_floor", "Spark's floor: the same shuffle, no computing", "ropeway_spark", answers=False),
)
