# One word runs it. Every target makes its own environment in .venv first: Python >= 3.11 and pip are enough,
# no root, no Docker. Another interpreter: `make PYTHON=python3.13 …` (remove .venv to change it later).

PYTHON ?= python3
ARGS ?=
TEST_ARGS ?=
TEST_PROCESSES ?= 2

BIN := .venv/bin
RUN_STAMP := .venv/.ready-to-run
DEV_STAMP := .venv/.ready-to-develop
PINS := pyproject.toml constraints.txt
PREVIEW := grafana/preview
PREVIEW_STAMP := $(PREVIEW)/node_modules/.ready-to-preview
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := models ingest service simulator grafana benchmarks tests

.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs pictures dashboards-preview

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(RUN_STAMP) ## a make-believe Autotask, read by the real service; ARGS="--for 20s --exit" ends by itself
	@$(BIN)/techscore demo $(ARGS)

test: $(DEV_STAMP) ## all tests; TEST_ARGS="-k sla" chooses
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(TEST_ARGS)

check: $(DEV_STAMP) ## lint, format, types, import contracts, alert rules and dashboards up to date
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports
	@$(BIN)/python -m service.alerts --check
	@$(BIN)/python -m grafana --check

docs: $(DEV_STAMP) ## write the pages, alert rules and dashboards that are made from the code
	@$(BIN)/python -m service.reference docs
	@$(BIN)/python -m service.alerts
	@$(BIN)/python -m grafana

pictures: $(DEV_STAMP) ## take the README's pictures of a make-believe MSP; wants /usr/bin/chromium
	@$(BIN)/python -m tests.pictures

dashboards-preview: $(DEV_STAMP) $(PREVIEW_STAMP) ## the dashboards, drawn by Grafana's libraries; ARGS="--shots DIR" takes pictures of every state
	@$(BIN)/python -m grafana.preview $(ARGS)

bench: $(DEV_STAMP) ## measure bars P1 to P7 on this machine, both databases; ARGS="--only P1 --json FILE"
	@$(BIN)/python -m benchmarks $(ARGS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Techscore needs Python >= 3.11, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making .venv with $$($(PYTHON) --version)" >&2
	@$(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || { \
	  $(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install --quiet pip; }

$(RUN_STAMP): $(PINS) | $(BIN)/python
	@echo "installing Techscore into .venv" >&2
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(DEV_STAMP): $(PINS) | $(BIN)/python
	@echo "installing Techscore and its development tools into .venv" >&2
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $(RUN_STAMP) $@

$(PREVIEW_STAMP): $(PREVIEW)/package.json $(PREVIEW)/.npmrc
	@echo "installing Grafana's front-end libraries into $(PREVIEW)/node_modules" >&2
	@cd $(PREVIEW) && npm install --no-audit --no-fund --loglevel=error
	@touch $@
