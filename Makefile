# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs, once.
# Needed beforehand: Python 3.11 or later with venv and pip, make, git.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint format bench lock workbook pictures desk-pictures commands integration clean

demo: $(VENV)/.run
	@$(BIN)/outreach demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	@for name in startup letters send inbox sheets web; do $(BIN)/python benchmarks/$$name.py || exit 1; done

# Tests against real programs (see .ci/run for what they need installed). One process each, for servers that run as
# another user may not look into a worker's folder, and the browser's driver keeps an event loop to itself.
integration: $(VENV)/.dev
	$(BIN)/python -m pytest -n 0 -m integration --ignore=tests/browser
	$(BIN)/python -m pytest -n 0 -m integration tests/browser

# data/missions.xlsx, made again from the facts kept in the repository.
workbook: $(VENV)/.run
	$(BIN)/python data/build_missions.py

# The pictures of README and docs, made again (see docs/make_pictures.py for what it needs installed).
pictures: $(VENV)/.run
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_letter_pictures.py

# docs/commands.md, made again from the program's own help.
commands: $(VENV)/.run
	$(BIN)/python docs/make_commands.py

# The pictures of docs/desk.md, made again.
desk-pictures: $(VENV)/.dev
	$(BIN)/python docs/make_desk_pictures.py

# The locks name versions and hashes, never where to fetch them from.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml
lock: $(VENV)/bin/python
	$(PIP) install uv
	$(COMPILE) --group build -o requirements/run.txt
	$(COMPILE) --group build --extra postgres -c requirements/run.txt -o requirements/server.txt
	$(COMPILE) --group build --group dev --extra postgres --extra keyring -c requirements/server.txt -o requirements/dev.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, with its venv and pip."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is too old: Python 3.11 or later is needed (make PYTHON=/path/to/python3.11)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up in $(VENV) (once) ..."
	@$(PIP) install --require-hashes --requirement requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Setting up the tools for tests in $(VENV) (once) ..."
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
