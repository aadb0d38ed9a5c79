# Everything starts here. Needs only Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV   := .venv
# What `make guard` compares with; before a step that only moves: what is committed.
BASE   ?= HEAD
READY  := $(VENV)/.ready
# What the demo needs, without the test tools.
RUNS   := $(VENV)/.runs
RUN    := $(VENV)/bin/python -m
# A file's tests stay together, for what they share; whoever is done takes work from the others.
SHARED := -n auto --dist worksteal

.PHONY: demo unit test full coverage bench guard lint docs messages bases lock clean help pictures
help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 10

# Python, and the part of it that makes environments, which Debian and Ubuntu pack by itself.
define PYTHON_FITS
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kamishibai needs Python 3.11 or newer; $(PYTHON) is older, or not there. Try: make PYTHON=python3.11 demo"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: sudo apt install python3-venv; then the same command again"; exit 1; }
endef
# One line that counts packages, since pip says either nothing or a page. $(1): the lock.
define INSTALL
	@$(VENV)/bin/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes --no-deps -r $(1) >$(VENV)/install.log 2>&1 & \
	pid=$$!; all=$$(grep -cE '^[a-z0-9].*==' $(1)); while kill -0 $$pid 2>/dev/null; do \
	  printf '\r  %s of %s packages' "$$(grep -cE '^(Collecting|Processing|Ignoring|Requirement)' $(VENV)/install.log)" "$$all"; sleep 1; done; echo; \
	wait $$pid || { tail -5 $(VENV)/install.log; echo "the packages could not be installed; all of it stands in $(VENV)/install.log"; exit 1; }
	@$(VENV)/bin/python -m pip --disable-pip-version-check check --quiet
endef

$(RUNS): .ci/run.lock
	$(PYTHON_FITS)
	@echo "setting up $(VENV), once: about 55 MB to fetch, 230 MB on the disk ..."
	@$(PYTHON) -m venv $(VENV)
	$(call INSTALL,.ci/run.lock)
	@touch $@

$(READY): requirements.lock .ci/run.lock
	$(PYTHON_FITS)
	@echo "setting up $(VENV) with the test tools, once: about 135 MB to fetch, 500 MB on the disk ..."
	@$(PYTHON) -m venv $(VENV)
	$(call INSTALL,requirements.lock)
	@touch $(RUNS) $@

demo: $(RUNS)    ## the pictures of demo channel CH00, as placeholders, offline, no key
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

docs: $(READY)   ## docs/configuration.md and .ja.md from the schemas
	@$(VENV)/bin/python .ci/reference.py

messages: $(READY) ## the catalogues of other languages in step with the code; says what they lack
	@$(VENV)/bin/python .ci/messages.py

pictures: $(READY) ## docs/pictures from the pages as they are now (needs a Chromium)
	@$(RUN) tests.pictures

lock:            ## resolve pyproject.toml anew into requirements.lock, .ci/run.lock and [tool.uv] (needs uv)
	uv pip compile --no-config --universal --python-version 3.11 --group dev pyproject.toml -o requirements.lock --no-header --generate-hashes -q --upgrade
	uv pip compile --no-config --universal --python-version 3.11 -c requirements.lock pyproject.toml -o .ci/run.lock --no-header --generate-hashes -q --upgrade
	$(PYTHON) .ci/pin.py

clean:           ## remove what can be made again for free; paid pictures stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
