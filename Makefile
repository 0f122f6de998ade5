# `make` lists what there is to do. A machine needs Python 3.11 or newer and GNU make; every target brings the rest by itself.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first interpreter that runs and is new enough: a pyenv shim may exist on PATH and still fail.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3 python; do \
	"$$name" -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)' 2>/dev/null && break; done)

UV_BINARY := $(CURDIR)/.tools/uv/bin/uv
BIN := .venv/bin
SAM := .venv-sam/bin/sam
CFN_LINT := .venv-sam/bin/cfn-lint
WORKERS ?= 2

# What a user has set for pip holds for uv too.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE ?= copy
QUIET := $(if $(CI),--quiet)
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The layer's own Makefile installs with it, whoever runs `sam build`.
export UV := $(UV_BINARY)

# A program that starts a container engine where none is installed and prints `export DOCKER_HOST=...`; most have none.
export LAMBDA_ENGINE ?= $(abspath $(wildcard ../shared/tools/lambda-engine))

TOOL_GROUPS := --extra cli --group test --group lint --group lab
SAM_GROUP := --only-group sam
LOCK := uv.lock pyproject.toml

# Rooms where a wrong answer changes someone's network: every branch is tested.
GATED := signals snapshot network access diagnosis changes plans guardrails incidents
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
COMMA := ,
GATED_FILES := $(subst $(SPACE),$(COMMA),$(GATED:%=*/pathmend/%/*))

# botocore and what only it needs come with the Lambda runtime (about 15 MB zipped).
EXPORT = $(UV_BINARY) export --quiet --frozen --no-dev --no-emit-project --no-annotate --no-header \
	$(addprefix --no-emit-package ,botocore python-dateutil six urllib3)
LAYER_REQUIREMENTS := layers/pathmend/requirements.txt

STEP = @printf '\033[1m==>\033[0m %s\n'
ifdef CI
STEP = @printf '==> %s\n'
endif

.PHONY: help
help: ## List the targets
	@printf 'make TARGET [NAME=value ...]\n\n'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='	' read -r name text; do \
		printf '  %-14s %s\n' "$$name" "$$text"; done

# Set-up ---------------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: .venv/.ready .venv-sam/.ready ## Install everything from the lock, into .venv, .venv-sam and .tools
	@:

.tools/uv/.ready: tools/uv.txt
	@test -n "$(PYTHON)" || { echo "Pathmend needs Python 3.11 or newer on PATH, or make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11 or does not run; name another: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(STEP) "uv, with $(PYTHON)"
	@"$(PYTHON)" -m venv --clear .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --require-hashes --only-binary :all: --requirement tools/uv.txt
	@touch $@

# A lock names the files of one index. Where another index is set, uv gets the same versions and hashes as a list.
# $(1): folder, $(2): groups, $(3): what to do when installed from a list
define install
	@if [ -n "$${UV_DEFAULT_INDEX:-}$${UV_INDEX:-}" ]; then \
		$(UV_BINARY) venv --quiet --allow-existing --python "$(PYTHON)" $(1) && \
		$(UV_BINARY) export --quiet --frozen --no-emit-project --no-default-groups $(2) --output-file .tools/$(1).txt && \
		$(UV_BINARY) pip sync $(QUIET) --python $(1) --require-hashes .tools/$(1).txt && $(3); \
	else \
		UV_PROJECT_ENVIRONMENT=$(1) $(UV_BINARY) sync $(QUIET) --frozen --no-default-groups --python "$(PYTHON)" $(2); \
	fi
	@touch $(1)/.ready
endef

.venv/.ready: .tools/uv/.ready $(LOCK)
	$(STEP) "Packages for the code, its tests and the lab, into .venv"
	$(call install,.venv,$(TOOL_GROUPS),$(UV_BINARY) pip install --quiet --python .venv --no-deps --editable .)

.venv-sam/.ready: .tools/uv/.ready $(LOCK)
	$(STEP) "The SAM CLI, into .venv-sam"
	$(call install,.venv-sam,$(SAM_GROUP),true)

# Quality --------------------------------------------------------------------------------------------------------------

.PHONY: check
check: setup ## Lint, types, import rules, template, generated files
	$(STEP) "Format and lint (ruff)"
	@$(BIN)/ruff format --check --quiet . || { echo "cure: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	$(STEP) "Types (mypy --strict)"
	@$(BIN)/mypy layers/pathmend/pathmend lab bench tools functions tests
	$(STEP) "Imports point down (import-linter)"
	@$(BIN)/lint-imports --no-cache >.tools/lint-imports.log || { cat .tools/lint-imports.log; exit 1; }
	$(STEP) "Template (sam validate --lint, cfn-lint with the serverless rules)"
	@AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	@$(CFN_LINT) --append-rules cfn_lint_serverless.rules --template template.yaml stacks/*.yaml
	$(STEP) "Generated files are up to date"
	@$(EXPORT) | diff -u $(LAYER_REQUIREMENTS) - || { echo "$(LAYER_REQUIREMENTS) is not what uv.lock says; cure: make requirements" >&2; exit 1; }
	@$(UV_BINARY) lock --check --offline --quiet 2>/dev/null || $(UV_BINARY) lock --check --quiet || { echo "uv.lock does not fit pyproject.toml; cure: $(UV_BINARY) lock && make requirements" >&2; exit 1; }
	@$(BIN)/python -m tools.catalogue --check
	@$(BIN)/python -m tools.documents events
	$(STEP) "All checks passed"

.PHONY: test
test: setup ## Every test but the long ones of the next targets, in random order, with the coverage gates
	$(STEP) "Tests"
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report= --ignore=tests/integration/story $(ARGS)
	$(STEP) "Coverage: 95 % of all, every branch of $(GATED)"
	@$(BIN)/coverage report --fail-under=95 || { echo "cure: tests for the lines above, until 95 % is covered" >&2; exit 1; }
	@$(BIN)/coverage report --fail-under=100 --include='$(GATED_FILES)' >.tools/coverage.log || \
		{ cat .tools/coverage.log; echo "cure: tests for the lines and branches above; these rooms must be covered wholly" >&2; exit 1; }

.PHONY: test-stories
test-stories: setup ## Whole incidents through the handlers as deployed, in moto: every call within its role's policy, every permission used
	$(STEP) "The stories"
	@$(BIN)/pytest --quiet tests/integration/story

.PHONY: test-iam
test-iam: setup ## Deploy to the lab, take a permission away, give it back, and hold every role to its policy meanwhile
	$(STEP) "Least privilege, on an AWS on this machine"
	@LAB_E2E=1 $(BIN)/pytest --quiet tests/e2e/test_permissions.py

.PHONY: test-trouble
test-trouble: setup ## Fail every call of a repair in every way, and play ten thousand histories, as `make test` does with a part
	$(STEP) "The whole trouble"
	@PATHMEND_TROUBLE=all $(BIN)/pytest --quiet --numprocesses $(WORKERS) --dist loadfile tests/trouble

.PHONY: bench
bench: setup ## Measure start, triage, calls and sizes; the table also goes to bench/results/
	@$(BIN)/python -m bench

# The lab --------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## Break a world eight ways on an AWS on this machine, and watch it repaired (APPROVE=ask: you decide)
	@$(BIN)/python -m lab demo

.PHONY: lab
lab: setup ## Start the AWS on this machine, with the application and the world, and leave it running
	@$(BIN)/python -m lab up

.PHONY: lab-break
lab-break: setup ## Break the running lab's world: FAULT=1 to 8, all or decoy
	@test -n "$(FAULT)" || { echo "which fault? for example: make lab-break FAULT=3" >&2; exit 2; }
	@$(BIN)/python -m lab break "$(FAULT)"

.PHONY: lab-down
lab-down: setup ## Stop the lab
	@$(BIN)/python -m lab down

.PHONY: invoke
invoke: setup ## Run one function in its Lambda container against the lab: FUNCTION=triage EVENT=events/...json
	@test -n "$(FUNCTION)" || { echo "which function? for example: make invoke FUNCTION=triage EVENT=events/cloudwatch/unhealthy_hosts.alarm.json" >&2; exit 2; }
	@test -n "$(EVENT)" || { echo "which event? for example: make invoke FUNCTION=$(FUNCTION) EVENT=events/cloudwatch/unhealthy_hosts.alarm.json" >&2; exit 2; }
	@FAULT="$(FAULT)" $(BIN)/python -m tools.invoke "$(FUNCTION)" "$(EVENT)"

# AWS ------------------------------------------------------------------------------------------------------------------

.PHONY: deploy
deploy: setup ## Build and deploy to your AWS account: ENV=default (asks), dev or prod (as samconfig.toml says)
	@test -n "$(ENV)" || { echo "where to? make deploy ENV=default, ENV=dev or ENV=prod" >&2; exit 2; }
	@grep -q '^\[$(ENV)\.deploy\.parameters\]' samconfig.toml || \
		{ echo "samconfig.toml has no section [$(ENV).deploy.parameters]; ENV may be default, dev or prod" >&2; exit 2; }
	$(STEP) "sam build"
	@$(SAM) build --config-env "$(ENV)"
	$(STEP) "sam deploy ($(ENV))"
	@$(SAM) deploy --config-env "$(ENV)" $(if $(filter default,$(ENV)),--guided)

# Generated files ------------------------------------------------------------------------------------------------------

.PHONY: requirements
requirements: .tools/uv/.ready ## Write the layer's requirements from uv.lock
	@$(EXPORT) >$(LAYER_REQUIREMENTS)

.PHONY: catalogue
catalogue: setup ## Write docs/catalogue.md from the kinds of change
	@$(BIN)/python -m tools.catalogue

.PHONY: clean
clean: ## Stop the lab and remove all that was made here
	@if [ -x $(BIN)/python ] && [ -e .lab/endpoints.json ]; then $(BIN)/python -m lab down; fi
	@rm -rf .venv .venv-sam .tools .aws-sam .lab .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
