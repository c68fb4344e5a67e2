# Scenario Desk. `make help` lists what there is. Needs Python 3.11 to 3.14, make and a package index; nothing else.

SHELL := /bin/sh
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
FAULTS ?=
WORKERS ?= 2
export FAULTS

# `make run PYTHON=/path/to/python` chooses the Python; otherwise the first suitable one is taken.
PYTHON ?=
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python)
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))

# An environment whose Python is gone, or whose folder was moved, can't be used: what its stamps say no longer holds.
ifneq ($(wildcard .venv),)
ifneq ($(shell grep -qF "$(CURDIR)/.venv" $(BIN)/activate 2>/dev/null && $(BIN)/python -c '$(SUITABLE)' 2>/dev/null && echo yes),yes)
$(shell rm -f .venv/.made .venv/.run .venv/.dev .venv/.lab)
endif
endif

step = @printf '\n==> %s\n' $(1)

# `make -j` must not start the tests beside the set-up.
.NOTPARALLEL:
.PHONY: help setup run lab test lint bench faults pictures lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: .venv/.run ## Set up, mirror the scenarios, start the dashboard on 127.0.0.1:8501 (more options: ARGS="...")
	$(call step,'Starting Scenario Desk (Ctrl+C ends it)')
	@$(BIN)/scenario-desk run $(ARGS)

lab: .venv/.lab ## Open the notebooks in JupyterLab, on this machine only (more options: ARGS="...")
	$(call step,'Opening the notebooks (Ctrl+C ends it)')
	@$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --LabApp.extension_manager=readonly --LabApp.news_url= \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate notebooks $(ARGS)

test: lint ## Set up, check format, lint, types and imports, then run every test
	$(call step,'Tests: fast ones first')
	@$(BIN)/python -m pytest --ignore=tests/benchmarks --benchmark-disable -n $(WORKERS) $(ARGS)

lint: .venv/.dev ## Check format, lint, types and imports
	$(call step,'Format')
	@$(BIN)/ruff format --check .
	$(call step,'Lint')
	@$(BIN)/ruff check .
	$(call step,'Types')
	@$(BIN)/mypy
	$(call step,'Imports')
	@$(BIN)/lint-imports

bench: .venv/.dev ## Measure in one process; writes .benchmarks/latest.json and prints the ratios
	@mkdir -p .benchmarks
	@$(BIN)/python -m pytest tests/benchmarks --benchmark-only --benchmark-json=.benchmarks/latest.json -p no:xdist $(ARGS)
	@$(BIN)/python tests/benchmarks/report.py .benchmarks/latest.json

faults: .venv/.dev ## Kill processes and break files on purpose; FAULTS=1000 for the long form
	@$(BIN)/python -m pytest tests/faults --benchmark-disable $(ARGS)

pictures: .venv/.dev ## Take the pictures of docs/pages.md again, in a real browser
	@SCENARIO_DESK_SCREENSHOTS=docs/pictures $(BIN)/python -m pytest tests/browser/test_every_page.py --benchmark-disable -n $(WORKERS) $(ARGS)

setup: .venv/.dev ## Make the environment with everything that tests and editors need

lock: .venv/.made ## Pin the exact versions again; UPGRADE=1 takes newer ones
	@$(PIP) install -qq uv
	$(call step,'Locking')
	@$(LOCK) pyproject.toml --group build --group dev --output-file requirements-dev.lock
	@$(LOCK) pyproject.toml --group build --constraint requirements-dev.lock --output-file requirements.lock
	@$(LOCK) pyproject.toml --group build --group lab --constraint requirements-dev.lock --output-file requirements-lab.lock

LOCK = $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

clean: ## Remove the environment and everything that tools made (never data)
	rm -rf .venv build dist .benchmarks .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@found=; bare=; \
	if $(BIN)/python -c '$(SUITABLE)' 2>/dev/null && $(BIN)/python -m pip --version >/dev/null 2>&1 \
		&& grep -qF "$(CURDIR)/.venv" $(BIN)/activate 2>/dev/null; then touch $@; exit 0; fi; \
	for candidate in $(PYTHONS); do \
		"$$candidate" -c '$(SUITABLE)' >/dev/null 2>&1 || continue; \
		if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$candidate; break; fi; \
		bare=$${bare:-$$candidate}; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
		version=$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "Python $$version is here ($$bare), but not the part of it that makes environments (venv, ensurepip)." >&2; \
		echo "On Debian and Ubuntu: apt-get install python$$version-venv. Then run this again." >&2; \
		exit 1; \
	fi; \
	if [ -z "$$found" ]; then \
		echo 'Scenario Desk needs Python 3.11, 3.12, 3.13 or 3.14; none was found as: $(PYTHONS)' >&2; \
		echo 'Install one, or name it: make run PYTHON=/path/to/python' >&2; \
		exit 1; \
	fi; \
	printf '\n==> Making the environment in .venv with %s\n' "$$("$$found" --version)"; \
	"$$found" -m venv --clear .venv && touch $@

.venv/.run: .venv/.made requirements.lock pyproject.toml
	$(call step,'Installing what requirements.lock pins')
	@$(PIP) install -qq --require-hashes -r requirements.lock
	@$(PIP) install -qq --no-index --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.made requirements-dev.lock pyproject.toml
	$(call step,'Installing what requirements-dev.lock pins')
	@$(PIP) install -qq --require-hashes -r requirements-dev.lock
	@$(PIP) install -qq --no-index --no-deps --no-build-isolation -e .
	@touch .venv/.run $@

.venv/.lab: .venv/.made requirements-lab.lock pyproject.toml
	$(call step,'Installing what requirements-lab.lock pins')
	@$(PIP) install -qq --require-hashes -r requirements-lab.lock
	@$(PIP) install -qq --no-index --no-deps --no-build-isolation -e .
	@touch .venv/.run $@
