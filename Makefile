# Everything runs in .venv. `make` sets it up from the lock file on first use, and builds the compiled core
# there whenever the C++ sources change. Without a C++ compiler the package works in numpy.
PYTHON ?= python3
BIN := .venv/bin
LOCKED := .venv/.locked
READY := .venv/.ready

.DEFAULT_GOAL := help

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-15s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Everyday

.PHONY: setup
setup: $(READY)  ## make .venv with the locked dependencies

$(LOCKED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dedup needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml CMakeLists.txt $(wildcard src/native/*)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: $(READY)  ## clean the example article and show what was removed
	@$(BIN)/python examples/demo.py

# Tests run on all cores. `make test PYTEST=` runs them in one process.
PYTEST ?= --numprocesses auto --dist worksteal

.PHONY: test
test: $(READY)  ## run all tests but the long ones
	$(BIN)/python -m pytest $(PYTEST) -m "not long"

.PHONY: test-numpy
test-numpy: $(READY)  ## run the same tests without the compiled core
	DEDUP_NATIVE=0 $(BIN)/python -m pytest $(PYTEST) -m "not long"

.PHONY: check
check: $(READY)  ## check style, types, import layers, all tests and coverage, as before a commit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(PYTEST) --cov --cov-report=term-missing:skip-covered

.PHONY: format
format: $(READY)  ## fix what can be fixed automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: clean
clean:  ## remove what the other targets made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage* .import_linter_cache build dist

##@ Longer checks

.PHONY: campaign
campaign: $(READY)  ## search much longer for inputs that break a promise
	$(BIN)/python -m pytest --hypothesis-profile=campaign -m hypothesis
	DEDUP_EVERY_STEP=1 $(BIN)/python -m pytest tests/datasets/test_interrupted.py tests/datasets/test_killed.py \
		tests/datasets/test_index_records.py tests/index tests/test_quality.py

# The tests of the compiled core, with sanitizers for bounds, undefined behaviour and leaks. The interpreter
# leaks by itself, so only a leak that the core allocated is an error.
TWINS := tests/native/test_array_arguments.py tests/native/test_native_stub.py tests/text tests/arrays tests/matching/test_matcher.py \
	tests/matching/test_native_sketches.py tests/matching/test_exact_copies.py tests/matching/test_shared_keys.py \
	tests/matching/test_native_variants.py tests/matching/test_backends.py tests/spans/test_windows.py \
	tests/documents/test_block_matches.py tests/documents/test_clean_texts.py \
	tests/documents/test_document_runs.py tests/documents/test_self_repeating.py \
	tests/index/stores/test_pages.py tests/index/stores/test_damaged_pages.py tests/index/test_hostile_files.py
SANITIZED := build/sanitized
FOUND := $(CURDIR)/$(SANITIZED)/found

.PHONY: sanitize
sanitize: $(READY)  ## test the compiled core under AddressSanitizer, LeakSanitizer and UBSan
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--upgrade --target $(SANITIZED) -C cmake.define.DEDUP_SANITIZE=ON -C build-dir=build/sanitize .
	rm -f $(FOUND).*
	DEDUP_NATIVE=require PYTHONPATH=$(SANITIZED) ASAN_OPTIONS=log_path=$(FOUND) LSAN_OPTIONS=exitcode=0 \
		LD_PRELOAD="$$($${CXX:-c++} -print-file-name=libasan.so) $$($${CXX:-c++} -print-file-name=libstdc++.so)" \
		$(BIN)/python tools/run_installed.py $(TWINS) || { cat $(FOUND).*; exit 1; }
	! grep --no-messages --before-context 12 'src/native/' $(FOUND).*

.PHONY: fuzz
fuzz: $(READY)  ## feed random bytes to the compiled core for SECONDS (needs clang with libFuzzer)
	$(BIN)/python tools/fuzz.py $(or $(SECONDS),60)

.PHONY: neon
neon: $(READY)  ## test the kernels for ARM under qemu (needs g++-aarch64-linux-gnu and qemu-user)
	$(BIN)/python tools/check_level.py

.PHONY: hostile-index
hostile-index: $(READY)  ## open and use 1,000 damaged or malicious index files
	DEDUP_HOSTILE=1000 $(BIN)/python -m pytest -s tests/index/test_hostile_files.py

.PHONY: interrupts
interrupts: $(READY)  ## interrupt long calls on 20 to 100 MB of text, and measure how soon each ends
	DEDUP_INTERRUPTED=10 $(BIN)/python -m pytest -s tests/test_interrupts.py

##@ Measurements

# Input of the table of whole processes: real news, or 2,000 generated texts with DATASET='--count 2000'.
DATASET ?=

.PHONY: bench
bench: $(READY)  ## time the library and the command, and print tables
	$(BIN)/python -m pytest benchmarks -o addopts= -p no:randomly --benchmark-only \
		--benchmark-columns=min,median,rounds --benchmark-sort=fullname
	$(BIN)/python -m benchmarks.files $(DATASET)
	$(BIN)/python -m benchmarks.index_speed --texts 10000

.PHONY: hot-paths
hot-paths: $(READY)  ## fail if a hot path has become more than 30% slower than its floor
	$(BIN)/python -m benchmarks.hot_paths

.PHONY: against
against: $(READY)  ## time this checkout beside another one: make against OTHER=PYTHON
	$(BIN)/python -m benchmarks.compare_checkouts $(OTHER)

.PHONY: startup
startup: $(READY)  ## measure the first use: import, first call, first run
	$(BIN)/python -m benchmarks.startup --markdown benchmarks/results/startup.md

.PHONY: rates
rates: $(READY)  ## measure how fast text becomes sketches, in four scripts
	$(BIN)/python -m benchmarks.sketch_speed --markdown benchmarks/results/sketch-speed.md

.PHONY: compare
compare: $(READY)  ## measure dedup beside its peers, which are installed first
	$(BIN)/python -m benchmarks.peers.make
	$(BIN)/python -m benchmarks.compare --count 20000 --rounds 3 \
		--json benchmarks/results/comparison.json --markdown benchmarks/results/comparison.md

.PHONY: quality
quality: $(READY)  ## judge presets and peers by labelled texts, and draw docs/pictures/quality.svg
	$(BIN)/uv pip install --quiet --group bench
	$(BIN)/python -m benchmarks.peers.make text_dedup datasketch
	$(BIN)/python -m benchmarks.quality --json benchmarks/results/quality.json \
		--markdown benchmarks/results/quality-tables.md
	$(BIN)/python -m benchmarks.quality_newsgroups
	$(BIN)/python -m benchmarks.quality_thresholds --json benchmarks/results/thresholds.json
	$(BIN)/python -m benchmarks.draw_thresholds

.PHONY: exactness
exactness: $(READY)  ## judge deduplications of real texts by brute force
	$(BIN)/python -m benchmarks.exactness

.PHONY: caps
caps: $(READY)  ## count the decisions that caps of posting lists and candidates change
	$(BIN)/python -m benchmarks.candidate_caps

.PHONY: planted
planted: $(READY)  ## measure how well planted repeats are found
	$(BIN)/python -m benchmarks.planted_repeats
	$(BIN)/python -m benchmarks.planted_languages

.PHONY: spans
spans: $(READY)  ## judge repeated spans of real news by brute force, and time them
	$(BIN)/python -m benchmarks.spans

.PHONY: audits
audits: $(READY)  ## judge audits on corpora whose truth is known
	$(BIN)/python -m benchmarks.audits --markdown benchmarks/results/audits-tables.md

.PHONY: scaling
scaling: $(READY)  ## measure how time and memory grow, and draw docs/pictures/scaling.svg
	$(BIN)/uv pip install --quiet --group bench
	$(BIN)/python -m benchmarks.scaling --json benchmarks/results/scaling.json --markdown benchmarks/results/scaling.md
	$(BIN)/python -m benchmarks.draw_scaling

.PHONY: index
index: $(READY)  ## fill a persistent index with a million texts, and query it
	$(BIN)/python -m benchmarks.index_speed --texts 1000000

.PHONY: shared-index
shared-index: $(READY)  ## fill an index on PostgreSQL by one client and by four (needs the server)
	$(BIN)/python -m benchmarks.shared_index_speed

##@ Manual and release

.PHONY: docs
docs: $(READY)  ## build the manual in build/manual; a warning is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs . build/manual
	@echo "open build/manual/docs/index.html"

.PHONY: docs-serve
docs-serve: docs  ## build the manual, and show it at localhost:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/manual 8000

.PHONY: pictures
pictures: $(READY)  ## draw docs/pictures, and write the tables of docs/explanation
	$(BIN)/uv pip install --quiet --group bench
	$(BIN)/python tools/diagrams.py
	$(BIN)/python tools/terminal_pictures.py
	$(BIN)/python tools/report_pictures.py
	$(BIN)/python -m benchmarks.comparison_charts
	$(BIN)/python -m benchmarks.draw_thresholds
	$(BIN)/python -m benchmarks.draw_scaling
	$(BIN)/python -m benchmarks.comparison_tables

.PHONY: lock
lock: $(READY)  ## resolve the dependencies again into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
		--group dev --no-emit-index-url --custom-compile-command 'make lock' \
		--output-file requirements.lock pyproject.toml

.PHONY: release-check
release-check: $(READY)  ## build sdist and wheel, install them in new environments, and compare what they do
	$(BIN)/python tools/release_check.py
