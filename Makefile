# make run: set-up and the whole workflow on the embedded sample. make test: the tests. Everything else: make help.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
CORES ?= all
# Arguments for snakemake, e.g. make run ARGS="--configfile presets/offline.yaml"
ARGS ?=

.PHONY: help run study test test-all test-hard test-lowest lint format wheels docs envs config method-fit notebook rulegraph pictures sample list-work clean-work clean-cache
.DEFAULT_GOAL := help

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# A virtual environment per list of pins; a changed list is installed over it.
RUN := requirements/data.txt requirements/torch.txt requirements/report.txt requirements/app.txt requirements/workflow.txt

.venv/run.done: $(RUN)
	$(PYTHON) -c 'import sys; sys.exit("yiju needs Python 3.11 or later: make PYTHON=python3.11 run" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(RUN))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

DEV := requirements/dev.txt requirements/onnx.txt requirements/search.txt requirements/cluster.txt

.venv/dev.done: .venv/run.done $(DEV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(DEV))
	touch $@

# Beside the others and after them, so that their pins hold.
.venv/equality.done: .venv/dev.done requirements/equality.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$(RUN) $(DEV) requirements/equality.txt)
	touch $@

.venv/docs.done: .venv/run.done requirements/docs.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/docs.txt
	touch $@

run: .venv/run.done ## set up, then run the whole workflow (default: on the sample; see ARGS)
	PYTHONPATH="$(CURDIR)/workflow_scripts" $(BIN)/snakemake --cores $(CORES) --logger yiju $(ARGS)

SET ?= sample
study: .venv/run.done ## which explanation to trust on a set (SET=sample; with ARGS, of any preset)
	PYTHONPATH="$(CURDIR)/workflow_scripts" $(BIN)/snakemake --cores $(CORES) --logger yiju $(ARGS) --config 'study={"sets": ["$(SET)"]}'

test: .venv/dev.done .venv/docs.done ## the tests, seven to fifteen minutes on 2 cores
	$(BIN)/pytest -m "not slow"

test-all: .venv/dev.done .venv/docs.done .venv/equality.done ## the long tests too, and the equality with captum, lime and shap
	$(BIN)/pytest --hypothesis-profile=thorough

# What no test may depend on: threads, the processor's number formats and instructions, and what else runs.
# Name some with HARD, and files with ARGS: make test-hard HARD=YIJU_TEST_LOAD=2 ARGS=tests/web
HARD ?= OMP_NUM_THREADS=1 OMP_NUM_THREADS=2 YIJU_TEST_BF16=0 YIJU_TEST_BF16=1 YIJU_TEST_LOAD=2 ATEN_CPU_CAPABILITY=default
test-hard: .venv/dev.done .venv/docs.done ## the tests once under each of several conditions (see HARD)
	for condition in $(HARD); do \
	  echo "== $$condition"; env "$$condition" $(BIN)/pytest -m "not slow" $(ARGS) || exit 1; \
	done

# In an environment of its own: .venv holds the pins.
LOWEST := .venv-lowest
test-lowest: .venv/dev.done ## the package's own tests with the lowest versions that pyproject.toml admits
	$(PYTHON) -m venv $(LOWEST)
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.lowest_versions > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -c $(LOWEST)/constraints.txt \
	  --editable '.[workflow,serve]' pytest pytest-xdist hypothesis
	$(LOWEST)/bin/pytest -m "not slow" tests/unit

lint: .venv/dev.done ## style of Python and Snakemake files, types, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/typos
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

format: .venv/dev.done ## put the style right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

# With what pip needs to install the project itself.
BUILT_BY := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])
wheels: .venv/run.done ## fetch the packages of make run into wheels/, for a machine without a network
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --wheel-dir wheels $(addprefix -r ,$(RUN)) $$($(BIN)/python -c '$(BUILT_BY)')

docs: .venv/docs.done ## the documentation as a site, its links checked: site/index.html
	$(BIN)/sphinx-build -q -E -W --keep-going -d site/.doctrees docs site

envs: .venv/run.done ## generate envs/*.yaml from requirements/*.txt
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.environments

config: .venv/run.done ## generate config.yaml and the documentation of keys and methods from the schema
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.configuration

method-fit: .venv/run.done ## generate the page of which method fits which model, from tiny models of every family
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.method_fit

notebook: .venv/dev.done ## run docs/notebook.ipynb on the sample run and keep what it prints
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.notebook

rulegraph: .venv/run.done ## draw docs/rulegraph.svg (needs graphviz)
	$(BIN)/snakemake --rulegraph 2>/dev/null | dot -Tsvg > docs/rulegraph.svg

BROWSER ?= chromium
pictures: .venv/docs.done ## take docs/pictures anew, from the sample run (needs a browser of the Chromium kind)
	$(BIN)/python docs/pictures/take.py results/sample $(BROWSER)

sample: .venv/run.done ## write data/sample anew (the same bytes)
	PYTHONPATH=workflow_scripts $(BIN)/python -m tools.sample data/sample

list-work: .venv/run.done ## list what interrupted jobs left, of abandoned settings too
	PYTHONPATH=workflow_scripts $(BIN)/python -m yiju.job.leftovers

clean-work: .venv/run.done ## list and remove it
	PYTHONPATH=workflow_scripts $(BIN)/python -m yiju.job.leftovers --remove

clean-cache: .venv/run.done ## remove the results that runs share in $$SNAKEMAKE_OUTPUT_CACHE
	PYTHONPATH=workflow_scripts $(BIN)/python -m yiju.job.output_cache --remove
