# A checkout, Python and make are enough: `make run` starts the demo, `make test` proves the desk.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
JOBS ?= 0
BIN := $(VENV)/bin
# Warnings of the package installer are not ours to show; its errors are.
PIP := $(BIN)/python -m pip --quiet --quiet --no-input --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
ABREAST := $(PYTEST) --numprocesses $(JOBS) --dist worksteal

# Who forbids Python to keep what it compiled makes each of the programs that the tests start compile the desk anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test soak lint types bench lock servers clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:
	@echo "make run     start the demo desk (make run ARGS=\"--port 9000\")"
	@echo "make test    lint, types and all tests, on SQLite and on PostgreSQL"
	@echo "make soak    the tests that take long"
	@echo "make lint    ruff and mypy alone"
	@echo "make bench   the benchmarks"
	@echo "make lock    write the locks anew from the ranges in pyproject.toml"
	@echo "make clean   remove $(VENV) and the caches"

run: $(VENV)/installed
	@exec $(BIN)/rightsdesk demo $(ARGS)

# The desk's own database once more on PostgreSQL, beside the first run: both wait for servers more than they work. More
# processes than cores (JOBS=2) are a few minutes quicker, and late where a test waits for a worker to stop in time.
test: lint servers
	@RIGHTSDESK_TEST_DATABASE=postgresql $(ABREAST) -m "desk_database and not soak" $(ARGS) >$(VENV)/postgresql.txt 2>&1 & \
	beside=$$!; $(ABREAST) $(ARGS); first=$$?; wait $$beside; second=$$?; \
	echo "The desk's own database once more, on PostgreSQL:"; cat $(VENV)/postgresql.txt; exit $$((first | second))

soak: $(VENV)/installed-dev servers
	@$(PYTEST) -m soak --timeout 3600 $(ARGS)

lint: $(VENV)/installed-dev
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "not in ruff's format; say: $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary

bench: $(VENV)/installed-dev servers
	@for bench in $(filter-out mails plots,$(basename $(notdir $(sort $(wildcard benchmarks/*.py))))); do \
		echo "$$bench"; $(BIN)/python -m "benchmarks.$$bench" $(ARGS) || exit 1; done

servers:
	@VENV=$(VENV) .ci/servers

# A stamp is as new as the lock and the ranges that were installed: a second run installs nothing.
$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock,.[postgres])

$(VENV)/installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-dev.lock,.[dev])
	@touch $(VENV)/installed

# The locks pin every file by its hash, the package's build tool among them. They are made on Python 3.11: where a newer
# Python cannot use one of the pinned releases, the ranges in pyproject.toml decide.
define install
	@echo "installing $(1) into $(VENV)"
	@if $(PIP) install --require-hashes -r $(1); then \
		$(PIP) install --no-deps --no-build-isolation --editable .; \
	else \
		echo "$(1) does not fit $$($(BIN)/python --version): installing by the ranges in pyproject.toml instead" >&2; \
		$(PIP) install --editable '$(2)'; \
	fi
	@touch $@
endef

# Debian's Python without its venv package makes an environment without pip; the pip beside it can fill that in.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("rightsdesk needs Python 3.11 or newer: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --quiet --quiet --python $(BIN)/python install pip; }

LOCK := $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --upgrade

lock:
	@test -x $(VENV)/lock/bin/pip-compile || { $(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip -qq install pip-tools; }
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra postgres --output-file requirements.lock pyproject.toml
	@CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@# The package names itself among its extras; a checkout has no hash.
	@sed -i '/^# WARNING/,/^    # via/d' requirements-dev.lock

clean:
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
