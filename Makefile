# `make` lists what there is. Nothing here needs more than Python 3.11, git and make.
.DEFAULT_GOAL := help
PY := .venv/bin/
DATA ?= data
PORT ?= 8111
WORKERS ?= 1
JOBS ?= 2
PYTEST := $(PY)pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## Everything a new machine needs, in one go
	@tools/bootstrap

run: setup  ## Start the demonstration on http://localhost:8111 (DATA=, PORT=, WORKERS=)
	@exec $(PY)standfast up --demo --data $(DATA) --port $(PORT) --workers $(WORKERS)

test: setup  ## Everything that proves it works; make test T=tests/dispatch for some of it
	@tools/bootstrap --browser
	@$(PYTEST) $(T)

quick: setup  ## The tests that need no browser
	@$(PYTEST) -m "not browser and not slow" $(T)

check: setup  ## All that CI checks: style, types, architecture, tests, browser, simulation
	$(PY)ruff format --check .
	$(PY)ruff check .
	$(PY)mypy
	$(PY)lint-imports
	@tools/bootstrap --browser
	@$(PYTEST) --junit-xml=.pytest_cache/report.xml
	$(PY)python -m tests.simulation --seeds 60 --first 1000
	$(PY)python -m tools.trace --strict --results .pytest_cache/report.xml $(if $(wildcard ../shared/examples),,--skipped)

fix: setup  ## Mend what can be mended without thinking
	$(PY)ruff check --fix .
	$(PY)ruff format .
	$(PY)python -m tools.generate

attack: setup  ## Try to break in and to falsify, by every way we know; print what held
	@$(PY)python -m tools.attack $(T)

bench: setup  ## Print what this machine can do, beside its own limits
	@$(PY)python -m benchmarks

continuity: setup  ## 22,000 facts behind a cut between two sites, then healed: print how long it took
	@$(PY)python -m benchmarks continuity

fhir-conformance: setup  ## Ask two validators not ours about our FHIR; spoil a message and count who notices (EACH=1)
	@tools/bootstrap --browser
	@$(PY)python -m tools.fhir_conformance --each $(or $(EACH),1)

simulate: setup  ## Sites cut off, lied to, destroyed, from seeds (SEEDS=200 FIRST=1); FAULTS=1: find planted faults
	@$(PY)python -m tests.simulation --seeds $(or $(SEEDS),100) --first $(or $(FIRST),1) $(if $(FAULTS),--faults)

fuzz: setup  ## Throw made-up bytes at every parser (SECONDS=60 for each), requests at the API, words at every form
	@$(PY)python -m tools.fuzz --seconds $(or $(SECONDS),60)
	@$(PY)python -m tools.fuzz_api $(EXAMPLES)
	@$(PY)python -m tools.fuzz_forms $(EXAMPLES)
	@FUZZ_EXAMPLES=$(or $(EXAMPLES),40) $(PY)pytest -q -p no:xdist tests/fuzz/test_forms.py

shots: setup  ## Take every screenshot of the documents anew
	@tools/bootstrap --browser
	@$(PY)python -m tools.shots

release: setup  ## Wheel, source, bill of materials, checksums; signed with KEY=
	@$(PY)python -m tools.release $(if $(KEY),--key $(KEY))

lock: setup  ## Write requirements.lock anew, with hashes (maintainers)
	@tools/lock

.PHONY: simulate continuity fhir-conformance fuzz help setup run test quick check fix attack bench shots release lock
