# Two commands are all anybody needs: make run, make test.

# The first Python that is new enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
IN_VENV := .venv/bin/python

.PHONY: run install develop test lint bench messages picture clean

run: install
	@exec $(IN_VENV) -m loudou.cli serve

install:
	@$(or $(PYTHON),python3) tools/install.py

develop:
	@$(or $(PYTHON),python3) tools/install.py --dev

test: develop
	@$(IN_VENV) tools/check.py

lint: develop
	@$(IN_VENV) tools/check.py --quick

bench: develop
	@$(IN_VENV) -m bench $(ARGS)

messages: develop
	@$(IN_VENV) tools/messages.py update

picture: develop
	@$(IN_VENV) -m tools.picture

clean:
	@rm -rf .venv .install.lock build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
