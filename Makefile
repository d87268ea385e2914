# The two commands to know: `make up` runs Recourse, `make test` runs everything that guards it.
# Both bring their own tools; a machine needs Python 3.11 or later, make, and network.

SHELL := /bin/bash
PYTHON ?= python3
# uv fetches the Python that Rasa needs by itself; where it cannot, an installed 3.10 is found here.
export PATH := $(PATH):$(subst $(eval) ,:,$(wildcard $(HOME)/.pyenv/versions/3.10.*/bin))
UV := .uv/bin/uv
RASA := bot/rasa/.venv
# Tests in parallel, a file at a time and in their order, for the slow ones are not the last; more than three processes
# fight over a machine's disk and clock. What measures time (`alone`) comes afterwards, by itself.
PROCESSES ?= $(shell n=$$(nproc); echo $$(( n > 3 ? 3 : n )))

.PHONY: up demo test docs lint types contract compose unit fuzz screenshots lock triage-figures learning-curve bench chaos desk-race soak scale signal-check suggesting-figures guess report-check webhooks clean

up: .venv/ready $(RASA)/ready ## set everything up and run it
	@exec .venv/bin/recourse up

demo: .venv/ready $(RASA)/ready ## the same, with a day of invented customers
	@exec .venv/bin/recourse up --demo

test: .venv/ready-dev $(RASA)/ready lint types contract compose unit ## everything that guards the code

docs: .venv/ready-docs ## the documents as a site, in site/; a page with a broken link is an error
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict
	@echo "Open $(abspath site/index.html)"

lint: .venv/ready-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/ready-dev
	.venv/bin/mypy

contract: .venv/ready-dev
	.venv/bin/lint-imports

compose: .venv/ready-dev
	.venv/bin/python tests/compose_file.py

unit: .venv/ready-dev .venv/ready-docs $(RASA)/ready
	.venv/bin/recourse train
	.venv/bin/pytest -m "not alone" --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
	.venv/bin/pytest -m alone

fuzz: .venv/ready-dev ## ten times what `make test` tries of hostile input, and always anew
	RECOURSE_FUZZ=10 .venv/bin/pytest tests/fuzz --numprocesses $(PROCESSES) --dist loadfile --timeout 3600

screenshots: .venv/ready-dev $(RASA)/ready ## take the pictures in docs/screenshots anew
	RECOURSE_SCREENSHOTS=1 .venv/bin/pytest tests/end_to_end/test_pages.py

EVAL ?= ../shared/eval
triage-figures: .venv/ready-dev $(RASA)/ready ## measure triage on labelled messages, into docs/triage.md
	.venv/bin/python -m tests.offline_triage.figures "$(abspath $(EVAL))"

bench: .venv/ready-dev $(RASA)/ready .bench/stock/ready ## measure beside stock Rasa, into docs/bench.md; QUICK=1|WHOLE=1: understanding, too
	.venv/bin/python -m tests.bench $(if $(QUICK),--quick) $(if $(WHOLE),--whole)

learning-curve: .venv/ready-dev $(RASA)/ready ## how these figures grow with the examples, into docs/triage.md
	.venv/bin/python -m tests.offline_triage.learning_curve "$(abspath $(EVAL))"

chaos: .venv/ready-dev $(RASA)/ready ## crash test at full length, into docs/chaos.md; ONLY=postgresql|sqlite|race, SEED=n
	.venv/bin/python -m tests.chaos $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED))

desk-race: .venv/ready-dev ## a shift of 50 agents on 1,000 cases, on both databases, five minutes; a smaller one is in `make test`
	RECOURSE_DESK_RACE=1 .venv/bin/pytest tests/handoff/test_shift.py -o log_cli=true

GUESSES ?= 100000
guess: .venv/ready-dev ## guess at references and codes, 100,000 times, into docs/proof.md; a quarter of an hour
	.venv/bin/python -m tests.guessing --guesses $(GUESSES)

MINUTES ?= 10
soak: .venv/ready-dev $(RASA)/ready ## half of the measured capacity for ten minutes, into docs/soak.md and a picture
	.venv/bin/python -m tests.soak --minutes $(MINUTES)

signal-check: .venv/ready-dev ## a hundred years of noise and planted rises, into docs/recurrence.md; a quarter of an hour
	.venv/bin/python -m tests.signals

suggesting-figures: .venv/ready-dev ## how good suggestions of duplicates are, into docs/recurrence.md
	.venv/bin/python -m tests.suggesting

webhooks: .venv/ready-dev ## a receiver that fails, stalls, restarts, and workers that are killed, on both databases; three minutes
	.venv/bin/python -m tests.webhooks

scale: .venv/ready-dev ## measure look-ups with 10,000 and 200,000 cases, into docs/scale.md; 3 GB of disk
	.venv/bin/python -m tests.scale
	.venv/bin/python -m tests.scale.costs

report-check: .venv/ready-dev ## count every figure of the reports a second time, on 50,000 cases, into docs/reports.md; ten minutes
	.venv/bin/python -m tests.reports

$(UV):
	@echo "Getting uv, which makes the environments"
	@$(PYTHON) -c 'import sys; sys.exit("Recourse needs Python 3.11 or later: set PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .uv
	@.uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv

.venv/ready: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing Recourse into .venv"
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	@echo "Installing the test tools into .venv"
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(RASA)/ready: bot/rasa/requirements.lock | $(UV)
	@echo "Installing the dialogue engine (Rasa, on Python 3.10) into $(RASA)"
	@$(UV) venv --quiet --allow-existing --python 3.10 $(RASA) || { \
	  echo "recourse: Python 3.10 is absent and could not be fetched: install it, or put it on the PATH" >&2; exit 1; }
	@$(UV) pip install --quiet --python $(RASA)/bin/python --no-deps --require-hashes -r bot/rasa/requirements.lock
	@touch $@

.venv/ready-docs: requirements-docs.lock | .venv/bin/python
	@echo "Installing what makes the site of the documents into .venv"
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --require-hashes -r requirements-docs.lock
	@touch $@

.bench/stock/ready: bot/rasa/requirements-tensorflow.lock | $(UV)
	@echo "Installing stock Rasa with TensorFlow (2.5 GB) into .bench/stock, to measure against"
	@$(UV) venv --quiet --allow-existing --python 3.10 .bench/stock
	@$(UV) pip install --quiet --python .bench/stock/bin/python --constraint $< rasa==3.6.21
	@touch $@

lock: | $(UV) ## pin the dependencies anew
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group build pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group docs -c requirements-dev.lock -o requirements-docs.lock
	$(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --override bot/rasa/overrides.txt --override bot/rasa/without-tensorflow.txt bot/rasa/requirements.in -o bot/rasa/requirements.lock
	echo uv | $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url - -o requirements-uv.lock

clean: ## remove the environments; data in var/ and models stay
	rm -rf .venv .uv .bench $(RASA)
