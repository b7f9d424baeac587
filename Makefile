# The project's commands. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
CONFORMANCE := .venv-conformance
CONFORMANCE_READY := $(CONFORMANCE)/.ready
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.ready
# Tests start many servers and commands, which would compile every module each time without the cache of Python.
# With worksteal, tests of one file mostly run in one process, and share the servers and databases of that file.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses auto --dist worksteal
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --upgrade --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help serve test test-all lint conformance bench soak screenshots messages lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(READY) ## build the database if there is none, and serve it at http://127.0.0.1:8000
	$(BIN)/gunicorn --config python:api.server.gunicorn_conf 'api.asgi:create_asgi_app()'

test: $(READY) ## run the tests, except the slow ones
	$(PYTEST) -m "not slow"

test-all: $(READY) ## run all tests, the slow ones included
	$(PYTEST)

lint: $(READY) ## check format, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

conformance: $(CONFORMANCE_READY) ## run outside tools against the API (needs npm; installs Debian packages if run as root)
	@sh .ci/programs nginx:nginx-light redis-server:redis-server slowhttptest:slowhttptest openssl:openssl chromium:chromium java:default-jre-headless curl:curl pdftotext:poppler-utils go:golang-go
	$(CONFORMANCE)/bin/python -m pytest tests/conformance -W default --verbose -rP --tb=short --durations=10

bench: $(READY) $(BENCH_READY) ## compare with other servers for half an hour, or eight minutes with SHORT=1 (needs wrk and nginx)
	@sh .ci/programs wrk:wrk nginx:nginx-light
	$(BENCH)/bin/python -m bench run $(if $(SHORT),--short) $(BENCH_OPTIONS)

soak: $(READY) ## serve mixed load for half an hour, or a minute with SHORT=1; fail on errors and growth
	$(BIN)/python -m bench soak $(if $(SHORT),--short) $(SOAK_OPTIONS)

screenshots: $(READY) ## take the pictures of the README again (needs Chromium)
	@sh .ci/programs chromium:chromium
	$(BIN)/python -m tests.support.screenshots

messages: $(READY) ## extract the texts of the pages again, for translators
	$(BIN)/python -m tests.support.messages

lock: $(READY) ## update the pinned, hashed dependencies
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) pyproject.toml --extra mcp --group conformance --constraint requirements-dev.lock --output-file tests/conformance/requirements.lock
	$(LOCK) pyproject.toml --group bench --constraint requirements-dev.lock --output-file bench/requirements.lock
	$(LOCK) --group deploy --output-file deploy/requirements.lock

clean: ## remove everything the other commands created, the database included
	rm -rf .venv $(CONFORMANCE) $(BENCH) bench/data tests/conformance/node_modules readout.db readout.db-wal readout.db-shm
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...")'
	@echo "Creating .venv and installing the pinned dependencies; this takes a minute, once."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $(READY)

$(CONFORMANCE_READY): tests/conformance/requirements.lock tests/conformance/package-lock.json
	@echo "Creating $(CONFORMANCE) and installing the tools; this takes two minutes, once."
	@$(PYTHON) -m venv $(CONFORMANCE) || { rm -rf $(CONFORMANCE); echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(CONFORMANCE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/conformance/requirements.lock
	@command -v npm >/dev/null || { echo "Node.js 20 or newer and npm are needed." >&2; exit 1; }
	@cd tests/conformance && npm ci --silent
	@touch $(CONFORMANCE_READY)

$(BENCH_READY): bench/requirements.lock
	@echo "Creating $(BENCH) and installing the servers to compare with; this takes a minute, once."
	@$(PYTHON) -m venv $(BENCH) || { rm -rf $(BENCH); echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement bench/requirements.lock
	@touch $(BENCH_READY)
