# Each target sets up what it needs: git, python3 (3.11 or newer) and make suffice.

PYTHON ?= python3
# Tests and demo run on this version; the package itself takes newer ones as well.
TORCH ?= torch==2.13.0
VENV := .venv
READY := $(VENV)/ready
OLDEST := .venv-oldest
NEWEST := .venv-newest
ALL := --editable '.[plot,report,files,umap,rivals,neighbors,io,onnx]' --group test

.PHONY: demo test test-oldest test-newest fuzz lint doc results clean

# Compare methods of each family on scikit-learn's digits in three minutes: a table, and
# demo/results.png.
# One thread, because more of them slow such small networks down on a busy machine.
demo: $(READY)
	rm -rf demo
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m skdeepcluster.benchmark --data digits --seeds 3 --out demo \
	    --methods kmeans ae+kmeans dec idec dcn damic \
	    landmark-spectral landmark-spectral+damic spectralnet

# The whole test suite: two processes with one thread each, warnings are errors.
test: $(READY)
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2

# The suite with the oldest versions that pyproject.toml allows. What these use of one
# another is deprecated here and there.
test-oldest: $(OLDEST)/pip
	$(OLDEST)/bin/python tests/oldest_versions.py > $(OLDEST)/versions.txt
	$(OLDEST)/bin/python -m pip install --constraint $(OLDEST)/versions.txt $(ALL)
	OMP_NUM_THREADS=1 $(OLDEST)/bin/python -m pytest -n 2 -W ignore::DeprecationWarning

# The suite with the newest versions that are served, but for torch, which on Linux
# brings gigabytes for GPUs: TORCH=torch takes its newest, too.
test-newest: $(NEWEST)/pip
	$(NEWEST)/bin/python -m pip install --upgrade --upgrade-strategy eager '$(TORCH)' $(ALL)
	OMP_NUM_THREADS=1 $(NEWEST)/bin/python -m pytest -n 2

# Ten thousand drawn cases for each test of tests/test_fuzz.py; takes some ten minutes.
fuzz: $(READY)
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2 --hypothesis-profile=fuzz \
	    tests/test_fuzz.py

lint: $(READY)
	$(VENV)/bin/python -m ruff check .
	$(VENV)/bin/python -m ruff format --check .
	$(VENV)/bin/python -m mypy

# Measure the tables of doc/results.md, which takes days, or with DATA=usps that of one
# data set; goes on where it was stopped. Then write the tables and draw the pictures.
results: $(READY)
	$(VENV)/bin/python -m pip install --quiet --editable '.[plot,rivals]'
	OMP_NUM_THREADS=1 $(VENV)/bin/python doc/results/run.py $(DATA)
	$(VENV)/bin/python doc/images/results.py
	$(VENV)/bin/python doc/images/time.py

# The documentation with its gallery, in doc/_build/html; takes some ten minutes. An
# example on embeddings takes others where the encoder cannot be had.
doc: $(READY)
	-$(VENV)/bin/python -m pip install --quiet '$(TORCH)' --group encoder
	$(VENV)/bin/python -m sphinx -W --keep-going -b html doc doc/_build/html

$(READY): $(VENV)/pip pyproject.toml
	$(VENV)/bin/python -m pip install '$(TORCH)'
	$(VENV)/bin/python -m pip install --editable . --group test --group lint
	touch $@

%/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	    "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $*
	$*/bin/python -m pip install --upgrade 'pip>=25.1'
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST) $(NEWEST) demo build dist *.egg-info
	rm -rf doc/_build doc/auto_examples doc/generated doc/sg_execution_times.rst
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
