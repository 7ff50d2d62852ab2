# Every target says what it does: make help.

PORT ?= 8000
ROUNDS ?= 100
BIN := .venv/bin
# Compiled once: where processes are told to keep nothing of it, each of the hundreds that tests start does it anew.
COMPILE := $(BIN)/python -m compileall -q scheduler web

.DEFAULT_GOAL := help
.PHONY: help run test torture format lock wheel bench figures screenshots translations

help: ## Show what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Install what is missing, load and compute the sample event, serve it on PORT (8000)
	@sh .ci/install run
	@exec $(BIN)/passerelle demo --port $(PORT)

test: ## Run every check and every test, those of the web on both databases (half an hour to an hour)
	@sh .ci/install test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(COMPILE)
	PASSERELLE_TEST_DATABASE=both $(BIN)/python -m pytest -n 2 --dist worksteal

torture: ## Kill, race and mutilate for an hour, then print what was lost (WITH="-k killed"; ROUNDS=30 is a quarter)
	@sh .ci/install test
	$(COMPILE)
	PASSERELLE_ROUNDS=$(ROUNDS) PASSERELLE_TORTURE=1 $(BIN)/python -m pytest -v --timeout=3600 tests/resilience tests/races tests/hostile $(WITH)

format: ## Format the code and mend what ruff can mend
	@sh .ci/install test
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies of pyproject.toml anew into the locks (UPGRADE=1 takes the newest versions)
	@sh .ci/install test
	sh .ci/lock

wheel: ## Build the wheel into dist/
	@sh .ci/install test
	$(BIN)/python -m build --wheel --no-isolation

bench: ## Measure the solver on families of events (two hours; WITH="--sample 5 --only rules" measures less)
	@sh .ci/install test
	$(BIN)/python -m tests.benchmarks $(WITH)

figures: ## Draw the figures of scheduler/README.md anew from real runs of the solver (two minutes)
	@sh .ci/install test
	$(BIN)/python -m tests.benchmarks.figures

screenshots: ## Take the pictures of the README anew, in a real browser
	@sh .ci/install test
	$(BIN)/python -m tests.end_to_end.screenshots

translations: ## Show the sentences that have no French yet, ready to paste into web/translations/fr/
	@sh .ci/install test
	$(BIN)/python -m web.translate missing
