# Everything starts here. Needs only Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV   := .venv
# What `make guard` compares with; before a step that only moves: what is committed.
BASE   ?= HEAD
READY  := $(VENV)/.ready
RUN    := $(VENV)/bin/python -m
# A file's tests stay together, for what they share; whoever is done takes work from the others.
SHARED := -n auto --dist worksteal

.PHONY: demo unit test full coverage bench guard lint docs bases lock clean help pictures
help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 10

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kamishibai needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 demo"; exit 1; }
	@echo "setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(VENV)/bin/python -m pip --disable-pip-version-check check --quiet
	@touch $@

demo: $(READY)   ## the pictures of demo channel CH00, as placeholders, offline, no key
	@$(RUN) doit visual CH=CH00

unit: $(READY)   ## tests of modules, files and of the project itself: no emulator, about a minute
	@$(RUN) pytest -q $(SHARED) tests/unit tests/project

test: $(READY)   ## the whole test suite, offline; campaigns as samples
	@$(RUN) pytest -q $(SHARED)

full: $(READY)   ## before an issue closes: campaigns whole, old code against new, mutations; takes hours
	@KAMISHIBAI_LONG=1 $(RUN) pytest -q $(SHARED)
	@$(RUN) tests.campaign crash --all
	@$(RUN) tests.campaign faults --seed 1 --seeds 100
	@$(RUN) tests.guard --base $(BASE)
	@$(RUN) tests.mutation --sample 300 --seed 1

coverage: $(READY) ## which lines the tests run, subprocesses included
	@rm -f .coverage .coverage.*
	@KAMISHIBAI_TEST_PLAIN=1 $(RUN) coverage run -m pytest -q $(SHARED)
	@$(RUN) coverage combine --quiet
	@$(RUN) coverage report

bench: $(READY)  ## the figures, as ratios within one run
	@$(RUN) tests.bench

guard: $(READY)  ## every command against what is committed (BASE=): outputs, files, bills are the same
	@$(RUN) tests.guard --base $(BASE)

lint: $(READY)   ## lint, format and types, as .ci/run checks them
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

bases: $(READY)  ## the configs of today join the record of shipped bases
	@$(VENV)/bin/python .ci/bases.py

docs: $(READY)   ## docs/configuration.md from the schemas
	@$(VENV)/bin/python .ci/reference.py

pictures: $(READY) ## docs/pictures from the pages as they are now (needs a Chromium)
	@$(RUN) tests.pictures

lock:            ## resolve pyproject.toml anew into requirements.lock and [tool.uv] (needs uv)
	uv pip compile --no-config --universal --python-version 3.11 --group dev pyproject.toml -o requirements.lock --no-header --generate-hashes -q --upgrade
	$(PYTHON) .ci/pin.py

clean:           ## remove what can be made again for free; paid pictures stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
