# `make help` lists what there is. Everything is set up by the first target that needs it.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(STAMP): requirements/dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on the PATH; name yours: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@echo "Setting up .venv (about half a minute) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(STAMP) ## The main job from nothing, for real: init, consent, callback, secret in Vault, fresh token
	@$(BIN)/switchboard demo

.PHONY: dev
dev: $(STAMP) ## The service with a real OpenBao, a real Postgres and a demo provider on this machine
	@$(BIN)/switchboard dev

PROCESSES ?= 2

.PHONY: test
test: $(STAMP) ## Every test that needs no container engine, in PROCESSES (2), each with servers of its own
	@$(BIN)/pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder

.PHONY: quick
quick: $(STAMP) ## The part of `test` that needs no server
	@$(BIN)/pytest tests/unit tests/architecture tests/typing

.PHONY: test-containers
test-containers: $(STAMP) ## The contract and integration suites on official images, by testcontainers
	@SWITCHBOARD_TEST_SERVERS=containers $(BIN)/pytest tests/contract tests/integration

FUZZ_MINUTES ?= 10

.PHONY: fuzz
fuzz: $(STAMP) ## schemathesis on the running service, with a new seed, for FUZZ_MINUTES
	@FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/pytest -s tests/conformance/test_openapi_holds.py

BENCH_STAMP := .venv/.bench-installed

$(BENCH_STAMP): $(STAMP) requirements/bench.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

.PHONY: bench
bench: $(BENCH_STAMP) ## The workloads W1 to W6: one table, and benchmarks/results; W=W1 for one, W=fresh for ten minutes of renewals, SCALE=smoke for seconds, GENERATOR=h2load for h2load's load
	@$(BIN)/python -m benchmarks

SOAK_MINUTES ?= 10

.PHONY: soak
soak: $(STAMP) ## Histories with a new seed, and three services, one killed each second that another serves, for SOAK_MINUTES
	@SOAK_MINUTES=$(SOAK_MINUTES) $(BIN)/pytest -s tests/histories tests/faults/test_soak.py

.PHONY: faults
faults: $(STAMP) ## The whole matrix of faults on real processes (docs/reference/faults.md); `test` walks a part of it
	@FAULTS=all $(BIN)/pytest tests/faults

.PHONY: lint
lint: $(STAMP) ## ruff, mypy --strict, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=src $(BIN)/lint-imports

.PHONY: format
format: $(STAMP) ## Write the code in the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: check
check: lint test ## What CI runs

.PHONY: docs
docs: $(STAMP) ## Write what is generated: docs/reference/settings.md, faults.md
	@$(BIN)/python docs/reference/generate_settings.py
	@$(BIN)/python docs/reference/generate_faults.py

.PHONY: openapi
openapi: $(STAMP) ## Write the API's document: docs/reference/openapi.json
	@$(BIN)/python docs/reference/generate_openapi.py

.PHONY: lock
lock: $(STAMP) ## Pin the newest versions, with hashes and without addresses
	@for set in "main" "dev --extra embedded --group dev"; do \
	  name=$${set%% *}; options=$${set#$$name}; \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links pyproject.toml $$options -o requirements/$$name.txt; \
	done

.PHONY: clean
clean: ## Remove the environment, caches and what `make dev` kept
	rm -rf .venv .switchboard .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
