# Two commands are enough: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench drill format constraints coverage clean

# The first Python that is new enough.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PORT ?= 8000
BIN := .venv/bin
# Processes that share the tests; one for each core.
WORKERS ?= auto

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

run: .venv/.run ## set up and serve the demonstration on 127.0.0.1:8000 (PORT= another)
	@sh scripts/system-packages run
	@NTM_DEBUG=1 NTM_TODAY=$${NTM_TODAY-2023-04-10} PORT=$(PORT) $(BIN)/python scripts/serve

test: .venv/.test ## set up and run all tests
	@sh scripts/system-packages test
	$(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 8 --dist worksteal $(ARGS)

check: .venv/.test .venv/.check ## lint, format, types, import contracts, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

bench: .venv/.test ## ratios against what others do, with their targets
	@sh scripts/system-packages bench
	$(BIN)/python -m tests.benchmarks $(ARGS)

drill: .venv/.test ## long trials under many writers: ARGS="C2", ARGS="C1 --minutes 2"
	$(BIN)/python -m tests.drills $(ARGS)

coverage: .venv/.test ## which lines the tests reach
	$(BIN)/coverage run -m pytest -q -m "not browser"
	$(BIN)/coverage report

format: .venv/.check ## put code and templates into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

constraints: ## choose the newest versions within the ranges (needs uv)
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
		--no-header --no-annotate --no-emit-index-url pyproject.toml --output-file constraints.txt

clean: ## remove the environment, the demonstration's data and caches
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says what is installed; it is old when the lists changed.

.venv/.run: pyproject.toml constraints.txt scripts/setup | python
	@echo "Đang cài thư viện…"
	@$(PYTHON) scripts/setup
	@touch $@

.venv/.test: pyproject.toml constraints.txt scripts/setup | python
	@$(PYTHON) scripts/setup test
	@touch $@ .venv/.run

.venv/.check: pyproject.toml constraints.txt scripts/setup | python
	@$(PYTHON) scripts/setup check
	@touch $@

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "Cần Python 3.11 trở lên; máy này chưa có. (Python 3.11 or later is needed.)" >&2; exit 1; }
