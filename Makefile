# Plumbline. `make` alone lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench pins clean

PORT ?= 8000
DATA ?= var
# Not from the environment: some shells set HOST to the name of the machine.
ifneq ($(origin HOST),command line)
HOST := 127.0.0.1
endif
PY := .venv/bin/python
ARGS ?=

# What reading the settings needs where nothing is served. Whatever is set already wins.
LINT_ENV := SECRET_KEY=only-for-checks-0123456789-abcdefghijklmnopqrstuvwxyz DEMO=1

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything on this machine (PORT=8000 DATA=var HOST=127.0.0.1)
	@requirements/install.sh base embedded
	@exec $(PY) -m config.embedded --with-parent --port "$(PORT)" --host "$(HOST)" --data "$(DATA)"

test: ## Run the tests on a database and queue of their own (ARGS="-k name")
	@requirements/install.sh base embedded dev
	@exec $(PY) -m pytest -n auto --dist loadfile $(ARGS)

lint: ## Style, types, import rules, templates, migrations, system checks
	@requirements/install.sh base embedded dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(LINT_ENV) .venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	find . -path ./.venv -prune -o -path ./var -prune -o -path '*/templates/*' -name '*.html' -print0 \
		| xargs -0 -r .venv/bin/djade --check --target-version 5.2
	$(LINT_ENV) $(PY) -W "ignore:Got an error checking:RuntimeWarning" manage.py makemigrations --check --dry-run
	$(LINT_ENV) $(PY) manage.py check

bench: ## Measure, print a table, write var/bench.json
	@requirements/install.sh base embedded dev
	@exec $(PY) -m bench $(ARGS)

pins: ## Pin requirements/*.in with hashes into requirements/*.txt (ARGS=--upgrade)
	@requirements/install.sh base
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@cd requirements && for set in base embedded dev; do \
		../.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
			--python-version 3.11 --custom-compile-command "make pins" $(ARGS) $$set.in -o $$set.txt || exit 1; \
	done

clean: ## Remove caches (the virtual environment and var/ stay)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -type d -name __pycache__ -print0 | xargs -0 -r rm -rf
