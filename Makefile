# make demo     analyse an embedded simulated trial and say where the report is
# make test     format, lint, types, import layers, all tests
# make bench    compare speed and quality with other software (CASE=modularity for one case)
# make format   put every file in the house's layout
# make clean    remove the environments and what tools left

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test bench format lint types layers unit clean

VENV := .venv
BENCH := .venv-bench
PYTHON ?=
CASE ?=
JOBS ?= 2
OUT ?= out/demo
RIVALS := antropy bctpy gseapy igraph leidenalg nctpy neuromaps statsmodels
WITH_EXTRAS := .[test,lint]

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

# Prints the first Python from 3.11 to 3.13, or says what is missing.
define find_python
found=""; \
for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
    found="$$candidate"; break; \
  fi; \
done; \
if [ -z "$$found" ]; then \
  echo "rewire needs Python 3.11, 3.12 or 3.13 with the venv module (on Debian and Ubuntu: python3-venv)." >&2; \
  echo "None was found. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; \
  exit 1; \
fi
endef

# -qq keeps errors and leaves out notices. The build tools are pinned too, so nothing is isolated.
define make_environment
$(find_python); \
echo "Making $(1) with $$("$$found" --version) ..."; \
rm -rf $(1); \
"$$found" -m venv $(1); \
$(1)/bin/python -m pip install -qq -c constraints.txt hatchling editables; \
$(1)/bin/python -m pip install -qq -c constraints.txt --no-build-isolation -e $(2) $(3); \
touch $@
endef

help:
	@sed -n '/^# make/s/^# //p' Makefile

$(VENV)/.made: pyproject.toml constraints.txt
	@$(call make_environment,$(VENV),'$(WITH_EXTRAS)',)

$(BENCH)/.made: pyproject.toml constraints.txt
	@$(call make_environment,$(BENCH),.,$(RIVALS))

demo: $(VENV)/.made
	@$(VENV)/bin/rewire demo $(OUT)
	@echo "Open $(OUT)/report.html in a browser; it needs no network."

test: lint types layers unit

lint: $(VENV)/.made
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .

types: $(VENV)/.made
	@$(VENV)/bin/mypy

layers: $(VENV)/.made
	@$(VENV)/bin/lint-imports

unit: $(VENV)/.made
	@$(VENV)/bin/python -m pytest -n $(JOBS) --dist worksteal -q -m "not slow"

format: $(VENV)/.made
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: $(BENCH)/.made
	@$(BENCH)/bin/python -m benchmarks $(CASE)

clean:
	rm -rf $(VENV) $(BENCH) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
