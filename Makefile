# Everything works on a fresh clone with Python 3.11+, make and a C library.
# PYTHON chooses the interpreter that makes the virtual environment.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test check fix docs bench soak mutants clean help

help:
	@echo "make demo    place a call through the sample flows, no account needed"
	@echo "make test    run the tests"
	@echo "make check   lint, types, import rules, generated files"
	@echo "make fix     format and repair what can be repaired"
	@echo "make docs    write the generated pages and the schema"
	@echo "make bench   measure, side by side in one run"
	@echo "make soak    20,000 seeded trials under faults, and servers that are killed in mid call"
	@echo "make mutants plant bugs, and see whether the tests notice"

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/.bench: $(READY)
	$(BIN)/pip install -q --disable-pip-version-check -e '.[bench]'
	@touch $@

demo: $(READY)
	@$(BIN)/ivr demo

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/ivr schema --check schemas
	$(BIN)/python -m docs.generate --check
	$(BIN)/ivr check
	$(BIN)/python -m tests.problems.trace --check

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)
	$(BIN)/ivr schema --out schemas
	$(BIN)/python -m docs.generate

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

soak: $(READY)
	$(BIN)/python -m ivr.simulator.trials --runs 20000 --seed 1 --jobs 2
	$(BIN)/python -m soak processes --store sqlite --nodes 1 --calls 200 --kills 50
	$(BIN)/python -m soak processes --store postgres --nodes 2 --calls 200 --kills 50

mutants: $(READY)
	$(BIN)/python -m mutants

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
