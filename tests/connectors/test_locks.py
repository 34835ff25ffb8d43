"""Locks: who is alone, and that a process which is killed lets go."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from ropeway.connectors.locks import Lock, shared
from tests.programs import ROOT

HOLD = """
import sys
from pathlib import Path
from ropeway.connectors.locks import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_alone_or_not(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    one = Lock(path)
    assert one.alone()
    one.release()
    one, other = Lock(path), Lock(path)
    assert not one.alone()
    other.release()
    assert one.alone()
    one.release(remove=True)
    assert not path.exists()


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with shared(path) as lock:
        assert not lock.alone()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert lock.alone()
    assert not path.exists()


def test_a_lock_whose_file_went_is_taken_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    one = Lock(path)
    path.unlink()
    other = Lock(path)
    assert not one.alone()  # it holds the file that is there now, as does the other
    assert not other.alone()
    one.release()
    assert other.alone()
    other.release(remove=True)


def test_the_file_goes_with_the_last_of_many_that_leave_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def come_and_go(_: int) -> None:
        barrier.wait()
        with shared(path):
            barrier.wait()

    for _ in range(50):
        barrier = Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(come_and_go, range(8)))
        assert not path.exists()
