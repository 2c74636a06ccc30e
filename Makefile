# All that a newcomer needs: `make demo` and `make test`, on a machine with Python 3.11 or later and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
LEADLINE := $(BIN)/leadline
PYTEST := $(BIN)/python -m pytest

# `make PYTHON=/path/to/python3.12 test` chooses another one.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

# The size of the example company of `make demo`, and which one; where its workspace is served (no: nowhere)
LEADS ?= 500
SEED ?= 1
DEMO := demo
SERVE ?= 8000

# How many cases a generated test tries in `make fuzz`
CASES ?= 20000

.PHONY: help
help:  ## This list
	@echo "Leadline: which leads are worth a call, why, and whether that was true."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment -------------------------------------------------------------------------------------------
# A stamp for each lock: nothing is installed again until the lock or pyproject.toml changes.

$(BIN)/python:
	@if ! $(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Leadline needs Python 3.11 or later, and found $$($(or $(PYTHON),python3) --version 2>/dev/null || echo none)."; \
	  echo "Install one (python.org, or your system's package python3.11), or name it: make PYTHON=/path/to/python3.11 demo"; \
	  exit 1; fi
	@echo "Making the environment in $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.base: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Leadline ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing Leadline with all that its tests need (Spark alone is 400 MB; once only) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.base

# --- what pages use of other people's: htmx and ECharts, bundled ---------------------------------------------
# The system's Node where it is 20 or later, or one from PyPI, in an environment of its own.
BUNDLE := src/leadline/web/static/leadline/bundle
NODE_ENV := $(VENV)/node
SYSTEM_NODE := $(shell command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && echo yes)
NPM := $(if $(SYSTEM_NODE),npm,PATH="$(CURDIR)/$(NODE_ENV)/bin:$$PATH" npm)

$(NODE_ENV)/.ready: requirements-node.lock | $(BIN)/python
	@echo "Fetching Node, which bundles the scripts of the pages ..."
	@$(BIN)/python -m venv $(NODE_ENV)
	@$(NODE_ENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-node.lock
	@touch $@

frontend/node_modules/.ready: frontend/package.json frontend/package-lock.json | $(if $(SYSTEM_NODE),,$(NODE_ENV)/.ready)
	@cd frontend && $(NPM) ci --silent
	@touch $@

$(BUNDLE)/charts.js: frontend/node_modules/.ready frontend/build.mjs $(wildcard frontend/src/*.js)
	@echo "Bundling the scripts of the pages ..."
	@cd frontend && $(NPM) run --silent build

.PHONY: bundle
bundle: $(BUNDLE)/charts.js  ## The scripts of the pages, from npm packages at pinned versions

.PHONY: install
install: $(VENV)/.dev bundle  ## The environment, with everything for development

# --- the main job, end to end ------------------------------------------------------------------------------
# The example company's facts run from January to June 2026, so its today is the first of July.
COMPANY := $(DEMO)/company
RESULT := $(DEMO)/result
TODAY := 2026-07-01T00:00:00Z
MODEL := $(COMPANY)/model.yaml
PROPOSED := $(COMPANY)/model-proposed.yaml
FACTS := --leads $(COMPANY)/leads.csv --traits $(COMPANY)/traits.csv --events $(COMPANY)/events.csv

# The strongest lead that sales may call, to be explained
FIRST_LEAD = $$($(BIN)/python -c "import duckdb; print(duckdb.sql(\"select lead_id from \
	'$(RESULT)/assessments.csv' where not disqualified order by fit + intent desc, lead_id limit 1\").fetchall()[0][0])")

# Shows a step and its command, then runs it: $(call step,what it is for,arguments of leadline)
define step
	@printf '\n\033[1m%s\033[0m\n\033[2m$$ leadline %s\033[0m\n\n' "$(1)" "$(2)"
	@$(LEADLINE) $(2)
endef

.PHONY: demo
demo: $(VENV)/.base bundle  ## An example company: who is worth a call, why, and what other rules would do
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	$(call step,1. An invented company that sells planning software: half a year of its leads,sample $(COMPANY) --leads $(LEADS) --seed $(SEED))
	$(call step,2. What marketing and sales agreed on: is the file right?,check $(MODEL))
	$(call step,3. Who is worth a call today?,qualify $(MODEL) $(FACTS) --as-of $(TODAY) --out $(RESULT) --format csv)
	@lead=$(FIRST_LEAD); $(MAKE) demo-explain LEAD="$$lead"
	$(call step,5. Marketing proposes other rules: what would they have changed?,diff $(MODEL) $(PROPOSED))
	$(call step,   ... tried on the past half year,backtest $(PROPOSED) --against $(MODEL) $(FACTS) --out $(DEMO)/backtest.html)
	@printf '\n\033[1mWhere to look next\033[0m\n'
	@printf '  %-32s %s\n' \
	  $(DEMO)/backtest.html 'the comparison as a page with charts: open it in a browser' \
	  $(MODEL) 'the rules: change a number, then run step 3 again' \
	  $(RESULT)/ 'every lead with its scores, and the ledger of every point' \
	  docs/README.md 'how to do the same with your own leads' \
	  'source $(BIN)/activate' 'then `leadline --help` shows all commands'
	@[ "$(SERVE)" = no ] || $(MAKE) demo-serve

# The same company as though it had used the workspace all along, up to yesterday
.PHONY: demo-serve
demo-serve: export LEADLINE_DATA := $(CURDIR)/$(DEMO)/workspace
demo-serve: export LEADLINE_PORT := $(SERVE)
demo-serve: export LEADLINE_LOG_LEVEL := WARNING
demo-serve: $(VENV)/.base bundle
	$(call step,6. The workspace: facts come in and every lead is judged as it moves,seed --leads $(LEADS) --seed $(SEED))
	@printf '\nServing it until Ctrl-C. `make demo SERVE=8001` takes another port and `SERVE=no` leaves it out.\n'
	@$(LEADLINE) serve

.PHONY: demo-explain
demo-explain:
	$(call step,4. Why this one?,explain $(MODEL) $(FACTS) --as-of $(TODAY) --lead $(LEAD))

# --- checks ------------------------------------------------------------------------------------------------

.PHONY: test
test: lint bundle  ## Everything that a change must pass; the last line is the tests' own
	@$(PYTEST) -n auto

.PHONY: lint
lint: $(VENV)/.dev  ## Style, format and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/.dev  ## Put the code into shape
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: fuzz
fuzz: $(VENV)/.dev  ## Generated models and facts: reference and DuckDB agree, CASES=20000 a property
	LEADLINE_FUZZ=$(CASES) $(PYTEST) -n auto -m "(hypothesis or fuzz) and not spark" tests

.PHONY: spark
spark: $(VENV)/.dev  ## Every example on Spark, the slow ones too (Java needed)
	$(PYTEST) -m spark tests

.PHONY: spark-cluster
spark-cluster: $(VENV)/.dev  ## The same on a standalone cluster of two workers on loopback
	PYTHON=$(BIN)/python tests/on_a_cluster.sh $(PYTEST) -m spark tests

.PHONY: bench
bench: $(VENV)/.dev  ## 500,000 leads with 20 million events: time and memory against the raw limit
	$(BIN)/python -m benchmarks.run

.PHONY: bench-web
bench-web: $(VENV)/.dev  ## Receipts a second, and the time from arrival to stage change among 100,000 leads
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.arrival

.PHONY: slow
slow: $(VENV)/.dev  ## The long tests: kills, clock jumps, other people's clients and their own tests
	$(PYTEST) -m "slow and not spark" tests

# --- upkeep ------------------------------------------------------------------------------------------------

# The compiled texts are committed too, so that nobody needs gettext to see German.
.PHONY: messages
messages: $(VENV)/.dev  ## Collect the texts of the workspace for translation, and compile them (gettext needed)
	@cd src/leadline && LEADLINE_DATA=$$(mktemp -d) DJANGO_SETTINGS_MODULE=leadline.web.settings ../../$(BIN)/python -m django \
	  makemessages -l de --no-wrap --no-obsolete --add-location file -i static
	@cd src/leadline/web && msgfmt --check-format --statistics -o locale/de/LC_MESSAGES/django.mo locale/de/LC_MESSAGES/django.po

.PHONY: screenshots
screenshots: $(VENV)/.dev bundle  ## Every screen at 1440 and 360 px, light and dark, into build/screenshots (Chromium needed)
	@$(BIN)/python tests/web/screenshots.py build/screenshots

.PHONY: docs
docs: $(VENV)/.dev  ## Write the generated pages of docs/reference anew
	@for page in docs/generate/*.py; do [ -e "$$page" ] || continue; $(BIN)/python "$$page"; done

# Neither this machine's settings nor its folders of wheels may leak into a lock.
COMPILE := env -u UV_FIND_LINKS -u UV_INDEX -u UV_EXTRA_INDEX_URL $(BIN)/python -m uv --no-config pip compile \
	--universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.PHONY: lock
lock: | $(BIN)/python  ## Resolve the dependencies anew, hashed, for Python 3.11 and later
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install -q uv
	@$(COMPILE) --upgrade pyproject.toml --group build --all-extras --group dev -o requirements-dev.lock
	@$(COMPILE) pyproject.toml --group build --constraint requirements-dev.lock --extra web -o requirements.lock
	@$(COMPILE) --upgrade --group node -o requirements-node.lock

.PHONY: clean
clean:  ## Remove what the other commands made, the environment too
	rm -rf $(VENV) $(DEMO) $(BUNDLE) frontend/node_modules build dist spark-warehouse metastore_db derby.log .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
