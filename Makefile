# `make run` and `make test` are all that a fresh machine needs (Python 3.11 or newer, and make).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := uv pip compile --no-emit-index-url --no-emit-find-links --generate-hashes --python-version 3.11 --universal -q

# Of all that a checkout may hold, only these two folders keep anything: data/ and, for the demo, data-demo/.
.PHONY: run demo setup setup-test test faults lint bench bench-full lock clean

run: setup
	@exec $(BIN)/feedback run

demo: setup
	@FEEDBACK_DATA_DIR=$(CURDIR)/data-demo DATABASE_URL= exec $(BIN)/feedback run --demo

setup: $(VENV)/.run
setup-test: $(VENV)/.test

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3-venv is needed (on Debian: apt install python3-venv)"; exit 1; }

$(VENV)/.run: $(BIN)/python requirements.lock pyproject.toml $(wildcard translations/*/LC_MESSAGES/*.po)
	$(BIN)/pip install -q --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-test.lock
	$(BIN)/pip install -q --require-hashes -r requirements-test.lock
	@touch $@

test: setup-test
	$(BIN)/pytest -n 2 --dist loadscope

# Breaks the house hundreds of times, for 40 minutes on two cores; docs/reliability.md says what must hold and what was
# seen. `make test` has a short form of each. Three at a time, for they mostly wait; the longest ones first.
faults: setup-test
	FEEDBACK_LONG_TESTS=1 $(BIN)/pytest tests/faults/test_sudden_death.py tests/faults -n 3 --maxschedchunk 1 -v -rP

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Each measure beside its yardstick; bench/README.md says what they mean.
bench: setup-test
	$(BIN)/python -m bench --save

bench-full: setup-test
	$(BIN)/python -m bench --full --save

lock:
	$(COMPILE) --extra build pyproject.toml -o requirements.lock
	$(COMPILE) --extra build --extra test pyproject.toml -o requirements-test.lock

clean:
	rm -rf $(VENV)
