"""The wide work: 200 features of 5 sources and 4 entities; its data, its features, and who computes them.

A runner's file names its engine, one of `benchmarks.engines`, and `PARTS`, the parts of its work, and has

    answer(session, data, parts=PARTS)    `id` and the features of those parts, in any order of rows
"""

from benchmarks.peers import Peer

WIDE_PEERS = (
    Peer("ropeway_local", "**ropeway, local**", folder="width"),
    Peer("polars_parts", "polars: rolling, join and group, as-of", "ropeway_local", folder="width"),
    Peer("ropeway_spark", "**ropeway, Spark**", folder="width"),
    Peer("spark_join", "Spark SQL: join and group", "ropeway_spark", folder="width"),
)
