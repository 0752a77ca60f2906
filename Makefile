# Each target is one line over a command you can type yourself. Python >= 3.11 and pip are enough.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench conformite
PYTHON ?= python3
# Compiled once: a process that compiles itself and its libraries takes seconds more to start.
unexport PYTHONDONTWRITEBYTECODE
# The machine's pip fills .venv, which then needs no pip of its own (Debian keeps ensurepip apart).
INSTALL = $(PYTHON) -m pip --python .venv install --quiet --disable-pip-version-check

help: ## cette aide
	@sed -n 's/^\([a-z]*\):.*## /make \1 : /p' Makefile

demo: .venv/embarque ## tout lancer sur http://127.0.0.1:8000, avec des données fictives
	.venv/bin/relance demo

# Half of the tests wait for something: three processes fill two cores.
test: check ## toutes les vérifications puis tous les tests, sur un vrai PostgreSQL
	.venv/bin/python -m pytest --numprocesses=3 --dist=worksteal --cov --cov-report=term:skip-covered

check: .venv/dev ## style, types et architecture seulement (moins d'une minute)
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy && .venv/bin/lint-imports

conformite: .conformite/installe .conformite/node_modules/installe ## installer à part les vérificateurs indépendants qu'utilisent certains tests

bench: .venv/dev ## mesurer : un tableau, et bench.json
	.venv/bin/python -m tests.perf

# One stamp for each locked set: nothing is installed again while its lock and pyproject.toml stand.
# A lock is whole: to resolve it again would ask for the newest coverage[toml], which it does not hold.
.venv/%: requirements/%.lock pyproject.toml
	$(PYTHON) -m venv --without-pip .venv
	$(INSTALL) --require-hashes --no-deps --requirement $<
	$(INSTALL) --no-deps --editable .
	@touch $@

# Never in .venv: these are programs of other licences, which tests run apart (NOTICE.md).
.conformite/installe: requirements/conformite.lock
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --upgrade \
		--target .conformite --requirement $<
	@touch $@

.conformite/node_modules/installe: tests/conformite/package-lock.json
	mkdir -p .conformite && cp tests/conformite/package.json $< .conformite
	npm ci --prefix .conformite --ignore-scripts --no-audit --no-fund --silent
	@touch $@
