# Two commands matter: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
PYTEST_ARGS ?= -n auto --maxprocesses 4
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check -qq

.PHONY: help run test lint train evaluate curve bench reset-demo clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.ready-to-run ## bring Earshot up here, with the demo neighbourhood
	@$(BIN)/earshot run --demo

test: .venv/.ready-to-test ## set up what the tests need, then check and test everything
	@$(BIN)/python scripts/test-servers.py
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -q $(PYTEST_ARGS)

lint: .venv/.ready-to-test ## style, floor plan and types
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
	@$(BIN)/mypy --no-error-summary $(ROOMS:%=-p %) -m worker -m cli

train: .venv/.ready-to-test ## train the classifier from its corpus
	@$(BIN)/python -m classifier.train

evaluate: .venv/.ready-to-test ## measure the classifier beside its baseline
	@$(BIN)/python -m classifier.evaluate

curve: .venv/.ready-to-test ## draw how much more texts help: trains several times
	@$(BIN)/python -m classifier.curve

bench: .venv/.ready-to-test ## print the table of what is fast and what is not
	@$(BIN)/python scripts/test-servers.py
	@$(BIN)/earshot bench

reset-demo: ## forget the demo neighbourhood
	@$(PYTHON) scripts/reset-demo.py

clean: ## remove the virtual environment and caches; the book under var/ stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# The virtual environment comes from the lock files, whose hashes pip checks; a stamp says it is done.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Earshot needs Python 3.11 or newer: try make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: on Debian or Ubuntu, apt install python3-venv"; exit 1; }

.venv/.ready-to-run: requirements.lock pyproject.toml | .venv/bin/pip
	@echo "Setting up .venv from requirements.lock: once, a minute or two."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

.venv/.ready-to-test: requirements-dev.lock pyproject.toml | .venv/bin/pip
	@echo "Setting up .venv from requirements-dev.lock: once, a minute or two."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps -e .
	@touch .venv/.ready-to-run $@
