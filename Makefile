# Two commands are all anybody needs: make run, make test.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run install test bench lint messages clean

run: install
	@exec $(BIN)/loudou serve

install: $(VENV)/.installed

# Debian's python3 may come without ensurepip; then pip itself fills the new environment.
$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; }

$(VENV)/.installed: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tested: requirements/dev.txt $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	@touch $@

test: $(VENV)/.tested
	@$(BIN)/python tools/check.py

bench: $(VENV)/.tested
	@$(BIN)/python -m bench

lint: $(VENV)/.tested
	@$(BIN)/python tools/check.py --quick

messages: $(VENV)/.tested
	@$(BIN)/python tools/messages.py update

clean:
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
