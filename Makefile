# Two commands for a newcomer: `make demo` and `make test`. Both set themselves up.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup assets demo demo-simulated serve test check lock bench-setup bench clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@bash tools/setup.sh "$(PYTHON)" "$(VENV)"

setup: $(READY)  ## Install everything into .venv from the hashed lock file

assets: $(READY)  ## Fetch the console's page assets: by npm, or out of Python packages
	@$(BIN)/python tools/assets.py

demo: $(READY)  ## Run the whole loop on real shoppers; ends with out/demo/report.html
	$(BIN)/promoloop demo

demo-simulated: $(READY)  ## The same loop on simulated shoppers only
	$(BIN)/promoloop demo --simulated

serve: $(READY)  ## Serve API and console on this machine, with the demo's data
	$(BIN)/promoloop serve --demo

test: $(READY) check  ## Everything CI runs
	$(BIN)/pytest -n 2 --dist loadfile

check: $(READY)  ## Format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lock: $(READY)  ## Resolve the dependencies anew into both lock files
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --extra demo --extra llm --extra pictures --extra serve --extra postgres --extra channels --extra oidc --extra otel --extra dev -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --extra demo --extra llm --extra learn --extra pictures -o bench/requirements.lock bench/requirements.in pyproject.toml

BENCH := .venv-bench
bench-setup: $(BENCH)/.ready  ## Install the peers the benches measure against, and PyTorch, into .venv-bench

$(BENCH)/.ready: bench/requirements.lock pyproject.toml
	@bash tools/setup.sh "$(PYTHON)" "$(BENCH)" bench/requirements.lock

# The uplift bench needs a file: make bench HILLSTROM=path/to/hillstrom.csv.gz
HILLSTROM ?= hillstrom.csv.gz
bench: bench-setup  ## Run every bench against its peers and write docs/benchmarks.md (about an hour)
	@mkdir -p out/bench
	@for name in allocate pacing statistics design bandits journey; do \
	  echo "bench: $$name"; $(BENCH)/bin/python bench/$$name.py --json | tail -n 1 > out/bench/$$name.json || exit 1; done
	@echo "bench: uplift"; $(BENCH)/bin/python bench/uplift.py --data $(HILLSTROM) --json | tail -n 1 > out/bench/uplift.json
	@$(BENCH)/bin/python bench/publish.py out/bench

clean:  ## Remove what was built; keeps out/
	rm -rf $(VENV) $(BENCH) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
