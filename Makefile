# Everything a user or developer runs. Needs Python 3.11 or newer (with venv), make and git; the rest is installed
# into .venv from requirements.lock, once per version of that file.

CORES ?= 4
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/requirements.lock
SNAKEMAKE := $(PY) -m snakemake --workflow-profile profiles/default
# Runs under Slurm: .venv with Snakemake's plugin for Slurm on top, which would slow the start of every other run.
SLURM_VENV := .venv-slurm
SLURM_PY := $(SLURM_VENV)/bin/python
SLURM_READY := $(SLURM_VENV)/requirements-slurm.lock
CONFIG_FLAG = $(if $(RELEASE)$(METHOD)$(CONFIG),--config $(if $(RELEASE),releases='[$(RELEASE)]') \
  $(if $(METHOD),method='[$(METHOD)]') $(CONFIG))
ONE_RELEASE = $(if $(RELEASE),$(RELEASE),demo)
UV ?= uv
COMMA := ,

# Snakemake runs a script by the bare path of Python; Make splits its own lists at spaces.
ifneq ($(words $(CURDIR)),1)
$(error The path '$(CURDIR)' has a space in it: move the project to a folder whose path has none)
endif

# Make knows RELEASE and not release, and would take the synthetic one without a word.
$(foreach name,release method config from to old new urn cores args,$(if $(filter command,$(origin $(name))),\
  $(error Write it in capitals, as make help does, not as '$(name)=')))

.PHONY: help report slurm test fuzz test-slurm check bench bench-linear new-release compare diff explain partners verify \
  check-sources freeze accept lock

help: ## list what make can do
	@echo 'make report       is the place to begin: the report of the synthetic release, results/demo/nfer-2017/report/index.html'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## /make \1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{printf "%-17s %s\n", $$1, $$2}'

report: $(READY) ## run the workflow    [RELEASE=2016] [METHOD=nfer-2017] [CONFIG='raw_dir=… radius_miles=3'] [CORES=4] [ARGS=…]
	$(SNAKEMAKE) --cores $(CORES) $(ARGS) $(CONFIG_FLAG)

slurm: $(SLURM_READY) ## run it on a Slurm cluster, see profiles/slurm/config.yaml    [RELEASE=…] [METHOD=…] [CONFIG=…] [ARGS=…]
	$(SLURM_PY) -m snakemake --workflow-profile profiles/slurm $(ARGS) $(CONFIG_FLAG)

test: $(READY) ## run all tests    [ARGS='-m "not slow"']; real data: SCHOOL_DATA=folder
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: $(READY) ## damage files of every layout, and see that each stops in words or is read right    [CASES=2000] [SEED=2]
	FUZZ_CASES=$(or $(CASES),2000) FUZZ_SEED=$(or $(SEED),2) $(PY) -m pytest -n 2 tests/test_fuzz.py $(ARGS)

test-slurm: $(SLURM_READY) ## run under a Slurm of this machine's own; needs root and Debian's slurm-wlm, munge
	$(SLURM_PY) -m pytest -p no:xdist -s tests/slurm/test_slurm.py $(ARGS)

check: $(READY) ## ruff, snakefmt and Snakemake's linter
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m snakefmt --check Snakefile workflow
	$(PY) -m snakemake --lint

bench: $(READY) ## time a whole run and each of its steps    [RELEASE=…] [CONFIG=…] [CORES=4] [YARDSTICK='script.py data']
	@$(PY) tests/benchmarks/whole_run.py --release '$(ONE_RELEASE)' --cores $(CORES) \
	  $(if $(CONFIG),--config $(CONFIG)) $(if $(YARDSTICK),--yardstick $(YARDSTICK))

bench-linear: $(READY) ## time classification and matching of 1, 10 and 100 Englands: cost must stay linear
	$(PY) tests/benchmarks/linear_cost.py $(ARGS)

new-release: $(READY) ## begin the file of a new release from your files    TO=2025 [FROM=2024] [CONFIG='raw_dir=…'] [ARGS=--overwrite]
	@test -n "$(TO)" || { echo "Which release? make new-release TO=2025 CONFIG='raw_dir=…'" >&2; exit 2; }
	@$(PY) scripts/new_release.py '$(TO)' $(if $(FROM),--last '$(FROM)') $(if $(CONFIG),--config $(CONFIG)) $(ARGS)

compare: $(READY) ## set a release beside an earlier one    FROM=2016 TO=2017 [METHOD=…] [CONFIG=…]; of one release: METHOD=one,other
	@test -n "$(FROM)" -a -n "$(TO)" || { echo 'Which releases? make compare FROM=2016 TO=2017' >&2; exit 2; }
	$(SNAKEMAKE) --cores $(CORES) $(ARGS) compared --config \
	  releases='[$(FROM)$(if $(filter-out $(FROM),$(TO)),$(COMMA)$(TO))]' $(if $(METHOD),method='[$(METHOD)]') $(CONFIG)

diff: $(READY) ## say what differs between two finished runs    OLD=results/2016/nfer-2017 NEW=folder [TO=folder]
	@test -n "$(OLD)" -a -n "$(NEW)" || { echo 'Which runs? make diff OLD=results/2016/nfer-2017 NEW=folder' >&2; exit 2; }
	@$(PY) scripts/diff.py '$(OLD)' '$(NEW)' $(if $(TO),--to '$(TO)')

explain: $(READY) ## say why a school is in its group    URN=100000 [RELEASE=demo] [METHOD=…]
	@test -n "$$URN" || { echo 'Which school? make explain URN=100000 RELEASE=2016' >&2; exit 2; }
	@$(PY) scripts/explain.py "$$URN" --release '$(ONE_RELEASE)' $(if $(METHOD),--method '$(METHOD)')

partners: $(READY) ## list who could help a school, or whom it could    URN=100000 [K=10] [RELEASE=demo] [METHOD=…] [OUT=….csv]
	@test -n "$$URN" || { echo 'Which school? make partners URN=100000 RELEASE=2016' >&2; exit 2; }
	@$(PY) scripts/partners.py "$$URN" --release '$(ONE_RELEASE)' $(if $(METHOD),--method '$(METHOD)') \
	  $(if $(K),--first '$(K)') $(if $(FORMAT),--format '$(FORMAT)') $(if $(OUT),--out '$(OUT)')

verify: $(READY) ## recompute sums and figures of a finished run, say what differs [RELEASE=demo] [METHOD=…]
	@$(PY) scripts/verify.py '$(ONE_RELEASE)' $(if $(METHOD),--method '$(METHOD)')

check-sources: $(READY) ## ask each address of a release, say what is newer    RELEASE=2016 [CONFIG='raw_dir=…']
	@$(PY) scripts/check_sources.py '$(ONE_RELEASE)' $(if $(CONFIG),--config $(CONFIG))

freeze: $(READY) ## write what the last run fetched into the release file    RELEASE=2025 [SOURCE='inspections register']
	@$(PY) scripts/freeze.py '$(ONE_RELEASE)' $(if $(SOURCE),--source $(SOURCE))

accept: $(READY) ## accept the headline of demo as it is now, for tests/test_backtest.py
	$(SNAKEMAKE) --cores $(CORES) results/demo/nfer-2017/summary.json
	cp results/demo/nfer-2017/summary.json tests/expected/demo_summary.json

# One version of a package for all Pythons (fork-strategy), so that results do not depend on the Python in use.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
  --custom-compile-command 'make lock'
lock: ## write both locks anew from requirements.in, requirements-slurm.in; needs uv    [ARGS=--upgrade] [UV=uv]
	@command -v $(UV) >/dev/null || { echo 'make lock needs uv: install it, or give its path: make lock UV=…' >&2; exit 1; }
	$(COMPILE) requirements.in --output-file requirements.lock $(ARGS)
	$(COMPILE) requirements-slurm.in --output-file requirements-slurm.lock $(ARGS) --constraint requirements.lock \
	  $$(sed -n 's/^\([A-Za-z0-9._-]*\).*==.*/--no-emit-package \1/p' requirements.lock)
	@if grep -n '://' requirements*.lock; then echo 'An address has got into a lock.' >&2; exit 1; fi
	@sum=$$( (sha256sum requirements.lock 2>/dev/null || shasum -a 256 requirements.lock) | cut -d' ' -f1) && \
	  sed "s/^# requirements.lock: sha256 .*/# requirements.lock: sha256 $$sum/" workflow/envs/environment.yaml \
	  >workflow/envs/environment.new && mv workflow/envs/environment.new workflow/envs/environment.yaml

# The stamp is a copy of the lock: a checkout that only renews the lock's date does not build the environment anew.
$(READY): requirements.lock
	@if cmp -s requirements.lock $@; then touch $@; exit 0; fi; \
	for python in python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi; python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'Python 3.11 or newer is needed; none of python3, python3.13, python3.12, python3.11 is.' >&2; \
	  echo 'Install it (python.org, or your system'"'"'s packages) and run make again.' >&2; exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python lacks the venv module. On Debian and Ubuntu: apt install python3-venv. Then run make again." >&2; \
	  exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$($$python --version), once per version of requirements.lock" && \
	$$python -m venv --clear $(VENV) && \
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	cp requirements.lock $@

# The packages of .venv are seen from here and count as installed: pip stops if they do not suit the plugin.
$(SLURM_READY): requirements-slurm.lock $(READY)
	@$(PY) -m venv --clear $(SLURM_VENV) && \
	packages='import sysconfig; print(sysconfig.get_path("purelib"))' && \
	$(PY) -c "$$packages" >"$$($(SLURM_PY) -c "$$packages")/venv.pth" && \
	$(SLURM_PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-slurm.lock && \
	cp requirements-slurm.lock $@
