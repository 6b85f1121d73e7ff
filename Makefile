# Two commands: `make run [DIR=./competition]` and `make test`. Both make the environment first,
# once; it is made again when pyproject.toml or constraints.txt change.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test lint style layout types imports format wheel clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS ?= dev
DEMO := ./competition
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: $(READY) ## Open DIR (DIR=./competition); without DIR, a small real competition
ifdef DIR
	@$(BIN)/iml-tui "$(DIR)"
else
	@$(BIN)/iml-tui demo $(DEMO)
endif

# Files are dealt out in their order: long runs come early, and many small files even out the end.
test: $(READY) ## Run the tests
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: style layout types imports ## Run ruff, mypy and import-linter

style: $(READY)
	@$(BIN)/ruff check

layout: $(READY)
	@$(BIN)/ruff format --check

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

format: $(READY) ## Let ruff mend what it can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

wheel: $(READY) ## Build dist/*.whl
	@$(BIN)/python -m hatchling build -t wheel

clean: ## Remove the environment and everything built
	@rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# uv installs from the same places as pip would: pip's find-links are handed on, which keeps a CPU
# machine on CPU builds. Where uv cannot reach what pip can (a proxy set up for pip alone), pip does it.
$(READY): pyproject.toml constraints.txt
	@python="$(PYTHON)"; \
	for name in $(PYTHONS); do \
	  [ -n "$$python" ] && break; \
	  if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "iml-tui needs Python 3.11 or newer and found none: install it, or say where it is with make PYTHON=/path/to/python." >&2; \
	  exit 2; \
	fi; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$python is not there or older than Python 3.11: name another with make PYTHON=/path/to/python." >&2; exit 2; }; \
	echo "Making $(VENV) with $$python (once, under a minute) ..." >&2; \
	[ -x $(BIN)/python ] || "$$python" -m venv $(VENV) || { \
	  echo "$$python cannot make a virtual environment: install its venv module (on Debian: apt install python3-venv)." >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@UV_FIND_LINKS="$${PIP_FIND_LINKS:-}" $(BIN)/uv pip install --quiet --compile-bytecode -p $(BIN)/python -c constraints.txt -e '.[$(EXTRAS)]' \
	  || $(BIN)/python -m pip install --quiet -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@
