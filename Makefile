# On a fresh machine with Python 3.11 and make, every target does all set-up it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: venv demo test test-slow lint wheel programs clean

venv: $(STAMP)

# torch comes first and by its exact version, so that nothing else pulls in another build.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0
	$(PIP) --editable ".[dev]"
	touch $@

demo: $(STAMP)
	$(BIN)/nni-autoattend search --budget 4m

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(STAMP) programs
	$(BIN)/python -m pytest -m slow --timeout 1500

# Tests that need a browser, or a machine to log in to, are skipped without these programs. Debian's sshd wants a folder
# that only a boot makes.
programs:
	@for program in chromium:chromium sshd:openssh-server; do \
	  PATH="$$PATH:/usr/sbin"; command="$${program%%:*}"; package="$${program##*:}"; \
	  if command -v "$$command" >/dev/null; then :; \
	  elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	    && apt-get update -qq && apt-get install -y -qq --no-install-recommends "$$package" >/dev/null; then \
	    echo "$$package was installed"; \
	  else \
	    echo "*** $$command is missing and $$package could not be installed: the tests with it are SKIPPED ***" >&2; \
	  fi; \
	done
	@[ "$$(id -u)" != 0 ] || mkdir -p /run/sshd

wheel: $(STAMP)
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
