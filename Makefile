# make setup | demo | test: Python 3.11 or newer and make are all they need.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
DATA ?= .lightline
PORT ?=
CUSTOMERS ?= 2000
SEED ?= 1

.PHONY: setup demo test test-browser test-peers lint format catalogues pictures clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Lightline needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python cannot make environments. On Debian: apt install python3-venv"; exit 1; }
	@echo "Installing what Lightline needs into $(VENV) (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(VENV)/ready

demo: setup
	@$(BIN)/python -m cli demo --data $(DATA) $(if $(PORT),--port $(PORT)) --customers $(CUSTOMERS) --seed $(SEED)

test: setup
	$(BIN)/python -m pytest -n 2 -m "not browser and not peers" $(PYTEST)

test-browser: setup
	sh tests/browser/install
	$(BIN)/python -m pytest -m browser $(PYTEST)

test-peers: setup
	PYTHON=$(BIN)/python sh tests/peers/install
	$(BIN)/python -m pytest -m peers $(PYTEST)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m migrations.lint
	$(BIN)/python -m translations check
	$(BIN)/vulture

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogues: setup
	$(BIN)/python -m translations update

pictures: setup
	$(BIN)/python -m tests.browser.pictures docs/pictures

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
