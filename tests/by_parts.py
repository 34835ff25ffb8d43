"""A pass computed part by part in this process, as Spark's tasks and a run with little memory do it."""

from collections.abc import Sequence

import pyarrow as pa

from ropeway.batch.parts import Kind, Parts, Share, split, spread
from ropeway.transforms.passes import work
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.work import Work

#: beside the columns of queries, the number of the row
ROW = "/row"
Held = dict[Kind, pa.Table]


def answers_by_parts(one: Work, events: pa.Table, queries: pa.Table, cuts: Sequence[Parts], chunk: int) -> pa.Table:
    """The answers to `queries`, in their order, where both sides are cut in chunks of so many rows.

    With several `cuts` each part is cut again by the next of them.
    """
    numbered = queries.append_column(ROW, pa.array(range(len(queries)), pa.int64()))
    answered = [_asked(one, held) for held in _cut(one, {Kind.EVENTS: events, Kind.QUERIES: numbered}, cuts, chunk)]
    if not answered:
        return pa.table(work.run(one, events, queries, 1, Clock()), names=[ask.name for ask in one.asks])
    whole = pa.concat_tables(answered).sort_by(ROW)
    assert whole[ROW].to_pylist() == list(range(len(queries)))
    return whole.drop_columns([ROW])


def _asked(one: Work, held: Held) -> pa.Table:
    queries = held[Kind.QUERIES]
    arrays = work.run(one, held[Kind.EVENTS], queries, 1, Clock(), held.get(Kind.SUMS))
    return work.with_columns(queries.select([ROW]), [ask.name for ask in one.asks], arrays)


def _cut(one: Work, held: Held, cuts: Sequence[Parts], chunk: int) -> list[Held]:
    """What each part with queries holds in the end."""
    if not len(held[Kind.QUERIES]):
        return []
    if not cuts:
        return [held]
    shares: list[Share] = []
    told = held.get(Kind.SUMS)
    for kind in (Kind.EVENTS, Kind.QUERIES):
        for begin in range(0, len(held[kind]), chunk):
            shares += split(one, held[kind].slice(begin, chunk), cuts[0], kind, told)
    if told is not None:
        shares += spread(one, told, cuts[0])
    made: list[Held] = []
    for part in sorted({share.part for share in shares}):
        some = {kind: [share.rows for share in shares if share[:2] == (part, kind)] for kind in Kind}
        piece = {kind: pa.concat_tables(tables) for kind, tables in some.items() if tables}
        none = {kind: held[kind].slice(0, 0) for kind in (Kind.EVENTS, Kind.QUERIES)}
        made += _cut(one, {**none, **piece}, cuts[1:], chunk)
    return made
