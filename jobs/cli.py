"""The `ropeway` command: thin, over the public functions."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ropeway.batch.backfill import backfill
from ropeway.batch.explain import explain
from ropeway.batch.result import RangeResult
from ropeway.batch.session import spark_session
from ropeway.features.instants import Instants, instants
from ropeway.jobs.declared import declared
from ropeway.transforms.errors import DeclarationError, RopewayError, UsageError
from ropeway.transforms.version import __version__

FAILED = 1
WRONG_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: the process's) and return its exit code.

    0 when done, 1 for a job that failed, 2 for wrong usage. An error is one message on standard error; its trace is
    shown with --debug.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("ropeway").setLevel(logging.DEBUG if options.debug else logging.INFO)
    try:
        _COMMANDS[options.command](options)
    except BrokenPipeError:  # whoever read the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except UsageError as error:
        return _said(error, options.debug, WRONG_USAGE)
    except RopewayError as error:
        return _said(error, options.debug, FAILED)
    except Exception as error:  # noqa: BLE001  # whatever a user's file, a store or Spark raises is told in one message, too
        return _said(error, options.debug, FAILED)
    return 0


def _said(error: Exception, debug: bool, code: int) -> int:
    if debug:
        traceback.print_exception(error)
    kind = "" if isinstance(error, RopewayError) else f"{type(error).__name__}: "
    text = str(error).strip() or "no message"
    if not isinstance(error, RopewayError):  # a JVM's trace follows the first paragraph
        text = text.split("\n\n")[0].split("\n\tat ")[0] + "  (the trace is shown with --debug)"
    print(f"ropeway: {kind}{text}", file=sys.stderr)
    return code


def _backfill(options: argparse.Namespace) -> None:
    if options.report is not None and not Path(options.report).absolute().parent.is_dir():
        raise UsageError(f"--report {options.report}: there is no folder {Path(options.report).parent}: make it first.")
    with _Engine(options) as spark:
        result = backfill(
            _rows(options),
            declared(options.features),
            to=options.to,
            mode=options.mode,
            run_id=options.run_id,
            refresh=options.refresh,
            timestamp=options.timestamp,
            timestamp_unit=options.timestamp_unit,
            spark=spark,
            progress=False if options.no_progress else None,
            memory_limit=options.memory_limit,
        )
    version = "" if result.version is None else f", version {result.version}"
    print(f"wrote {result.rows:,} rows to {result.address}{version} (run {result.run_id})")
    if isinstance(result, RangeResult):
        print(f"dates: {result.computed} computed, {result.extended} with new features alone, {result.reused} reused")
    if result.report is not None and options.report is not None:
        Path(options.report).write_text(result.report.to_json() + "\n", encoding="utf-8")


def _rows(options: argparse.Namespace) -> str | Instants:
    """The rows' address, or the range that three options make."""
    span = (options.start, options.end, options.every)
    if options.rows is not None:
        if any(one is not None for one in span):
            raise UsageError("--rows names the rows, --start, --end and --every make them: give one or the other.")
        return str(options.rows)
    if None in span:
        raise UsageError("Name the rows by --rows ADDRESS, or a range of them by --start, --end and --every.")
    try:
        return instants(*span)
    except DeclarationError as error:
        raise UsageError(str(error)) from error


def _explain(options: argparse.Namespace) -> None:
    with _Engine(options) as spark:
        print(
            explain(
                _rows(options),
                declared(options.features),
                timestamp=options.timestamp,
                timestamp_unit=options.timestamp_unit,
                spark=spark,
            )
        )


class _Engine:
    """A Spark session for the command's time, or None for the local engine."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._spark = spark_session(app_name=f"ropeway {options.command}") if options.engine == "spark" else None

    def __enter__(self):  # type: ignore[no-untyped-def]  # SparkSession, which may not be installed
        return self._spark

    def __exit__(self, *_: object) -> None:
        if self._spark is not None:
            self._spark.stop()


_COMMANDS = {"backfill": _backfill, "explain": _explain}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ropeway", description="Point-in-time features, exact to the bit.")
    parser.add_argument("--version", action="version", version=f"ropeway {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("features", metavar="FILE.py:NAME", help="a service or view, and the file that declares it")
    shared.add_argument("--rows", metavar="ADDRESS", help="the rows to compute for; else a range of instants:")
    shared.add_argument("--start", metavar="TIME", help="the first instant, such as 2013-01-01, in UTC")
    shared.add_argument("--end", metavar="TIME", help="where the instants end; itself left out")
    shared.add_argument("--every", metavar="LENGTH", help="from one instant to the next, such as 1d")
    shared.add_argument("--timestamp", default="event_timestamp", metavar="COLUMN", help="their time (%(default)s)")
    shared.add_argument(
        "--timestamp-unit", choices=["s", "ms", "us", "ns"], help="what the rows' time counts, if it holds integers"
    )
    shared.add_argument("--engine", choices=["spark", "local"], default="local", help="(%(default)s)")
    shared.add_argument("--debug", action="store_true", help="show the trace of an error")
    run = commands.add_parser("backfill", parents=[shared], help="compute features into a table")
    run.add_argument("--refresh", action="store_true", help="of a range: compute dates again that are finished")
    run.add_argument("--to", required=True, metavar="ADDRESS", help="the table to write")
    run.add_argument(
        "--mode", choices=["error", "append", "overwrite"], default="error", help="if the table exists (%(default)s)"
    )
    run.add_argument("--run-id", metavar="ID", help="the same ID again changes nothing")
    run.add_argument(
        "--memory-limit", metavar="SIZE", help="what the local engine may take, such as 2GiB: the rest waits on disk"
    )
    run.add_argument("--report", metavar="FILE", help="write what the run says of itself there, as JSON")
    run.add_argument("--no-progress", action="store_true", help="no progress bar, even on a terminal")
    commands.add_parser("explain", parents=[shared], help="show what a backfill would do")
    return parser


if __name__ == "__main__":
    sys.exit(main())
