"""`ropeway explain` for spark-submit: the engine is Spark unless --engine says otherwise.

spark-submit --properties-file spark-defaults.conf --py-files dist/ropeway.zip jobs/explain.py FILE.py:NAME --rows ...
"""

import sys

from ropeway.jobs.cli import main

if __name__ == "__main__":
    sys.exit(main(["explain", "--engine", "spark", *sys.argv[1:]]))
