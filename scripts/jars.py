"""Puts Delta's jars into jars/ by Spark's own resolver, so that later starts resolve nothing and need no network.

    python scripts/jars.py KEY

KEY, a text that says what they were made from, is left in jars/ropeway-ready.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ropeway.batch.session import EXCLUDED_PACKAGES, choose_java, delta_packages

ROOT = Path(__file__).resolve().parent.parent


def main(key: str) -> int:
    """0 if jars/ holds them now."""
    choose_java()
    import pyspark

    target = ROOT / "jars"
    # Beside the target, so that a rename puts it in place whole; whatever a run that was cut short has left goes first.
    for left in ROOT.glob("jars.*.new"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=ROOT, prefix="jars.", suffix=".new") as folder:
        work = Path(folder)
        program = work / "nothing.py"
        program.touch()
        command: list[str | Path] = [
            Path(pyspark.__file__).parent / "bin" / "spark-submit",
            *("--master", "local[1]"),
            *("--packages", ",".join(delta_packages())),
            *("--exclude-packages", ",".join(EXCLUDED_PACKAGES)),
            *("--conf", f"spark.jars.ivySettings={ROOT / 'scripts' / 'ivysettings.xml'}"),
            *("--conf", f"spark.jars.ivy={work / 'ivy'}"),
            program,
        ]
        environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        done = subprocess.run(
            command, env=environment, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        found = sorted((work / "ivy" / "jars").glob("*.jar"))
        if done.returncode or not found:
            sys.stderr.write(done.stdout + done.stderr)
            sys.stderr.write(f"jars: Spark could not resolve {', '.join(delta_packages())}; its words stand above\n")
            return 1
        made = work / "jars"
        made.mkdir()
        for jar in found:
            shutil.copyfile(jar, made / jar.name)
        (made / "ropeway-ready").write_text(key + "\n")
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
