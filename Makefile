# The commands of this repository. Each prepares what it needs first; `make` alone lists them.

PY := .venv/bin/python
CODE := ropeway tests benchmarks examples scripts conftest.py setup.py
ARGS ?=
SCALE ?= 1
SIZES ?= 0.1 1
N ?= 1000000
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup quickstart test faults fuzz check format bench build lock clean

help:
	@echo "make COMMAND, where COMMAND is"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## prepare what is missing: the environment .venv, a JDK, Delta's jars; a second run reuses all
	@scripts/setup.sh

quickstart: setup ## the main job: features for NYC flights on Spark and locally, compared bit for bit, and a model
	$(PY) examples/flights/quickstart.py

test: setup ## the tests and the examples in docstrings; ARGS="-m 'not slow'" or ARGS=tests/batch for some of them
	$(PY) -m pytest $(if $(ARGS),$(ARGS),--cov=. -n logical --maxprocesses=4)

faults: setup ## kill a backfill 20 times at random moments, on both engines; ARGS="40 2" for 40 times from seed 2
	$(PY) -m tests.faults $(ARGS)

fuzz: setup ## N answers of random declarations against naive oracles, then 300 views on Spark; SEED=2, ARGS="--case 17"
	$(PY) -m tests.fuzz --values $(N) --seed $(SEED) $(ARGS)

check: setup ## ruff (format and lint), mypy --strict, import-linter, every file compiled without a warning
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(CODE)
	.venv/bin/lint-imports
	folder=$$(mktemp -d) && PYTHONPYCACHEPREFIX=$$folder $(PY) -W error -m compileall -q $(CODE); \
		code=$$?; rm -rf "$$folder"; exit $$code

format: setup ## format the code, and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup ## the benchmarks beside their peers, into README.md: 50 minutes; SCALE=0.1 for less, SIZES="0.1 1 10" for 100M
	code=0; for name in headline wide hot aggregates; do $(PY) benchmarks/$$name.py --scale $(SCALE) || code=1; done; \
		$(PY) benchmarks/growth.py --scale $(SCALE) --sizes $(SIZES) || code=1; exit $$code

build: setup ## the wheel, and dist/ropeway.zip for spark-submit --py-files
	$(PY) scripts/build.py

lock: setup ## write both locks anew from pyproject.toml; ARGS=--upgrade takes newer releases
	$(PY) scripts/lock.py $(ARGS)

clean: ## remove what was built and what tools left; .venv, jars and data stay
	rm -rf build dist *.egg-info .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache artifacts derby.log metastore_db spark-warehouse
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
