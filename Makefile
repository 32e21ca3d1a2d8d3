# Qutb. `make demo` and `make test` do all the set-up on a fresh machine with python3 and make.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := VIRTUAL_ENV=.venv $(BIN)/uv
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check lint types imports docs bench pins tools clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/uv.ready: requirements/uv.txt
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing: install it (Debian: python3-venv) and run again."; exit 1; }
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

.venv/core.ready: .venv/uv.ready requirements/core.txt pyproject.toml
	@$(UV) pip install --quiet --require-hashes -r requirements/core.txt
	@$(UV) pip install --quiet --no-deps -e .
	@touch $@

.venv/dev.ready: .venv/core.ready requirements/dev.txt
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --no-deps -e .
	@touch $@

setup: .venv/dev.ready  ## Make .venv with everything a developer needs

demo: .venv/core.ready  ## Appraise the sample pole's three plans, compare them, write the dossier
	@$(BIN)/qutb demo --out out/demo

tools:  ## Install the Debian packages that some tests use, where that is possible
	@bash tests/tools.sh

test: .venv/dev.ready tools  ## Run the tests
	@$(BIN)/python -m pytest -n 2 -q -m "not slow"

test-all: .venv/dev.ready tools  ## Run the tests with the full counts
	@$(BIN)/python -m pytest -n 2 -q

check: lint types imports test  ## All that CI runs

lint: .venv/dev.ready  ## Style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/dev.ready  ## Types of the library
	@$(BIN)/mypy

imports: .venv/dev.ready  ## Imports follow the data
	@$(BIN)/lint-imports

docs: .venv/dev.ready  ## Write the generated pages and the README picture anew
	@$(BIN)/python docs/make_pages.py
	@$(BIN)/python docs/make_morning.py

bench: .venv/dev.ready  ## Measure; the table goes into benchmarks/README.md by hand
	@$(BIN)/python -m pytest benchmarks -q -p no:xdist -o python_files="bench_*.py" -o pythonpath="tests benchmarks" --benchmark-columns=median,iqr,rounds

pins:  ## Compile requirements/*.txt anew
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header requirements/uv.in -o requirements/uv.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/core.txt
	@$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -c requirements/core.txt pyproject.toml requirements/dev.in -o requirements/dev.txt

clean:  ## Remove what was made, the environment too
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks
