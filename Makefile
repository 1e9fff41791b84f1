# The one door: `make` prints what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
CORE_SOURCES := $(shell find crates -name '*.rs' -o -name 'Cargo.toml' -path 'crates/*') Cargo.toml \
	src/lynceus/features/features.json src/lynceus/features/events.json
export UV_PYTHON_DOWNLOADS := never
# Whom the machine trusts: a network that inspects TLS has a root of its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif
export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.DEFAULT_GOAL := help
.PHONY: help setup setup-live demo test test-rust test-rust-compiled test-python test-long check lint types docs docs-check accept fuzz bench bench-live bench-collector bench-cluster soak evaluate models oracles kafka clean

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: build/core.stamp ## the program as .venv/bin/lynceus, in an environment of its own

setup-live: build/live.stamp ## setup, and what `lynceus run` needs besides

demo: setup ## analyse an office day with hidden attacks, print the incidents, write the report
	@rm -rf build/demo && mkdir -p build/demo
	$(BIN)/lynceus lab --scenario office-day --seed 7 --out build/demo/lab
	$(BIN)/lynceus analyze build/demo/lab/office-day.pcap --intel build/demo/lab/intel.csv \
		--assets build/demo/lab/assets.csv --out build/demo/result
	@echo "The report: build/demo/result/report.html"

test: ## every test, under 15 minutes
	@$(MAKE) --no-print-directory -j 4 test-rust test-python

# Many tests wait for peers most of the time: three at once keep two cores busy.
test-python: build/dev.stamp build/core.stamp build/debian.stamp build/kafka.stamp
	$(BIN)/pytest -n 3 --dist worksteal -m 'not long'

test-rust: test-rust-compiled build/debian.stamp
	MAKEFLAGS= cargo test --workspace --exclude lynceus-python --quiet

test-rust-compiled:
	MAKEFLAGS= cargo test --workspace --exclude lynceus-python --quiet --no-run

test-long: build/dev.stamp build/core.stamp build/debian.stamp build/kafka.stamp ## the slow tests too, bounded
	DAMAGED=40000 cargo test --workspace --exclude lynceus-python --quiet -- --include-ignored
	tools/fuzz.sh 60
	HYPOTHESIS_PROFILE=new $(BIN)/pytest

check: lint types docs-check test ## lint, types, freshness of the docs, tests

lint: build/dev.stamp
	cargo fmt --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: build/dev.stamp build/core.stamp
	$(BIN)/mypy
	$(BIN)/stubtest lynceus._core

docs: build/dev.stamp build/core.stamp ## write the generated pages anew
	$(BIN)/python tools/docs.py

docs-check: build/dev.stamp build/core.stamp
	$(BIN)/python tools/docs.py --check

accept: build/dev.stamp build/core.stamp ## accept the present findings as the golden ones; review the diff
	$(BIN)/python tools/accept.py

fuzz: ## every fuzz target for a minute
	tools/fuzz.sh 60

bench: build/dev.stamp build/core.stamp ## packets a second beside the peers, as ratios of one run
	$(BIN)/python benches/meter.py

bench-live: build/dev.stamp build/core.stamp ## drops at offered rates over a cable, beside the peers; needs root
	$(BIN)/python benches/live.py

bench-collector: build/live.stamp ## 100,000 NetFlow records a second into all detectors: loss, delay, processor time
	$(BIN)/python benches/always_on.py --rate 100000 --seconds 180

soak: build/live.stamp ## 40 minutes at half load with a spike, written to docs/soak.md; DURATION=seconds RATE=records
	$(BIN)/python benches/always_on.py --rate $(or $(RATE),50000) --seconds $(or $(DURATION),2400) \
		--spike 10 --option "behind_s = 5" --write docs/soak.md

bench-cluster: build/dev.stamp build/core.stamp ## what a sensor and workers take for a million flows
	$(BIN)/python benches/cluster.py

# One thread: sums do not hang on the number of cores, and threads never wait for one another.
evaluate: build/dev.stamp build/core.stamp ## figures of the learned detectors, written to docs/evaluation.md; goes on where it was broken off; DATA=folder
	OMP_NUM_THREADS=1 $(BIN)/lynceus evaluate --data $(or $(DATA),../shared/data) --write build/evaluation.md --resume
	mv build/evaluation.md docs/evaluation.md

models: build/dev.stamp build/core.stamp build/oracles.stamp ## train what ships anew and compare; KEY=file replaces it; DATA=folder
	$(BIN)/python tools/models.py $(or $(DATA),../shared/data) $(if $(KEY),--key $(KEY))

oracles: build/dev.stamp build/core.stamp build/oracles.stamp ## what must show on real data, and what does; ARGS="-v NAME" for more
	@PYTHONPATH=tools $(BIN)/python -m oracles $(ARGS)

kafka: build/dev.stamp build/kafka.stamp ## start an Apache Kafka on loopback, as the tests do; Ctrl-C ends it
	$(BIN)/python tests/kafka_broker.py

clean: ## remove what was built
	rm -rf build target $(VENV) src/lynceus/_core*.so

# --- set-up; each stamp is work done once -----------------------------------------------------

build/venv.stamp:
	@mkdir -p build
	@tools/venv.sh $(PYTHON) $(VENV)
	@touch $@

build/python.stamp: build/venv.stamp requirements/core.txt
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/core.txt
	@touch $@

build/dev.stamp: build/python.stamp requirements/dev.txt
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	@touch $@

build/live.stamp: build/core.stamp requirements/live.txt
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/live.txt
	@touch $@

build/core.stamp: build/python.stamp pyproject.toml $(CORE_SOURCES)
	MAKEFLAGS= $(BIN)/maturin develop --release --uv --skip-install --quiet
	@test -e $(BIN)/lynceus || $(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

build/debian.stamp:
	@mkdir -p build
	@tools/debian.sh tshark postgresql softflowd nfdump rsyslog rsyslog-gnutls tcpreplay tcpdump iproute2 slapd
	@touch $@

build/oracles.stamp:
	@mkdir -p build
	@tools/debian.sh softflowd libndpi-bin
	@touch $@

build/kafka.stamp: tools/kafka/pom.xml
	@mkdir -p build
	@tools/kafka.sh build/kafka
	@touch $@
