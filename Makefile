# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs, once.
# Needed beforehand: Python 3.11 or later with venv and pip, make, git.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

# What Python compiled is kept, whatever the shell says: every process that a test starts would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test heavy test-all stories lint format bench lock workbook pictures desk-pictures commands integration docs sbom browser-files wheel check-wheel \
        check-units clean

demo: $(VENV)/.run
	@$(BIN)/outreach demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

# What `make test` leaves out as too heavy for each change: whole processes, and more cases of a kind. CI runs it.
heavy: $(VENV)/.dev
	$(BIN)/python -m pytest -m heavy

# All of it, for before a release: every example of each property, every case of the crashes, and the branches that were run are counted.
test-all: $(VENV)/.dev
	$(BIN)/coverage erase
	THOROUGH=1 $(BIN)/coverage run -m pytest -m "not integration and not story"
	$(BIN)/coverage combine --quiet
	$(BIN)/python tests/branches.py 92

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

# Stories from the outside, through processes of their own (see CONTRIBUTING.md).
stories: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m story tests/once

# Tests against real programs (see .ci/run for what they need installed). One process each, for servers that run as
# another user may not look into a worker's folder, and the browser's driver keeps an event loop to itself.
integration: $(VENV)/.dev
	$(BIN)/python -m pytest -n 0 -m integration --ignore=tests/browser
	$(BIN)/python -m pytest -n 0 -m integration tests/browser

# data/missions.xlsx, made again from the facts kept in the repository.
workbook: $(VENV)/.run
	OPENPYXL_LXML=False $(BIN)/python data/build_missions.py

# The pictures of README and docs, made again (see docs/make_pictures.py for what it needs installed).
pictures: $(VENV)/.run
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_letter_pictures.py
	$(BIN)/python docs/make_mail_pictures.py

# docs/commands.md, made again from the program's own help.
commands: $(VENV)/.run
	$(BIN)/python docs/make_commands.py

# The pictures of docs/desk.md, made again.
desk-pictures: $(VENV)/.dev
	$(BIN)/python docs/make_desk_pictures.py

# The pages of docs/ as a site in build/site; a link that leads nowhere stops it.
docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict --quiet

# What all of it is made of, as CycloneDX has it.
sbom: $(VENV)/bin/python
	$(BIN)/python docs/make_sbom.py build/sbom.cdx.json

# The scripts of others that the desk's pages load, from npm, by versions and digests of docs/browser/package-lock.json.
browser-files:
	cd docs/browser && npm ci && npm run build

# What is released, made from the files that git knows.
wheel: $(VENV)/.run
	@rm -rf dist
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

# That it works where there is nothing but it: an empty venv, another folder, and the whole story once.
check-wheel: wheel
	@rm -rf build/installed && $(VENV)/bin/python -m venv build/installed
	@build/installed/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
	  --requirement requirements/run.txt
	@build/installed/bin/python -m pip --disable-pip-version-check --quiet install --no-deps dist/outreach-*.whl
	@mkdir build/installed/elsewhere
	@cd build/installed/elsewhere && ../bin/outreach --version && ../bin/outreach demo && test -s demo/report.xlsx
	@build/installed/bin/python -m pip check

# What systemd says of the units, which it says nothing of when all is well.
check-units:
	@rm -rf build/units && mkdir -p build/units
	@for unit in deploy/*.service; do \
	  sed 's|^ExecStart=/opt/outreach/bin/outreach|ExecStart=/bin/true|' $$unit > build/units/$${unit##*/}; done
	@systemd-analyze verify build/units/*.service 2>&1 | tee build/units/said
	@test ! -s build/units/said

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
	rm -rf $(VENV) .coverage dist build demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
