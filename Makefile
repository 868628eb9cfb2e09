# The commands of hymio. People and machines run the same ones.
#
#   make demo [PORT=8000]   the whole product with simulated kiosks, at http://127.0.0.1:8000/
#   make install            what `hymio serve` needs, into .venv; deploy/README.md goes on from there
#   make test               everything that is tested
#   make check              format, lint, types, import directions, documents
#   make soak               the long, exhaustive runs
#   make storm              a million taps while everything is killed, four times; more than an hour
#   make bench [PARTS=…]    one line a figure: name value unit against; PARTS="growth crowd" measures these alone
#   make bench-long         the same of 100 million taps and of ten minutes without a database; most of an hour, 30 GB of disk
#   make beside             the same messages into hymio, mqttwarn and Node-RED, each killed in the middle; needs node and npm
#   make pictures           the README's pictures, from the running demo
#   make hardware [STEPS=…] every drawing, file and picture of hardware/ from its sources; STEPS="signs power" makes these alone, STEPS=stale what
#                           is not up to date; sets up CAD tools of 1 to 4 GB in .cache where a step needs them
#   make hardware-check [STEPS=…]  makes the same elsewhere and compares
#   make format             writes the format that `make check` asks for
#   make lock               pins the newest versions that pyproject.toml allows; `make lock-hardware` those of the CAD tools alone

PORT ?= 8000
PYTHON ?= $(shell .ci/find-python)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
UV := .cache/uv/bin/uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	--custom-compile-command 'make lock' --upgrade
TYPED := wire collector dashboard hymio firmware/tools hardware
FIRMWARE_TYPES = $(BIN)/mypy --config-file .ci/firmware-types.ini wire firmware/kiosk firmware/board \
	firmware/main.py firmware/boot.py
BOARDS := pico-w pico2-w
BESIDE := .cache/beside

.PHONY: demo install test test-setup check check-setup soak storm bench bench-long beside pictures hardware hardware-check format lock lock-hardware clean
.DELETE_ON_ERROR:

demo: .venv/installed
	@$(BIN)/hymio demo --port $(PORT)

test: test-setup
	@.ci/offline .ci/tests $(BIN)/python

install: .venv/installed

# Everything that comes from elsewhere: after this the tests need no network.
test-setup: .venv/installed-for-tests
	@.ci/debian-packages
	@.ci/lab-micropython

check: check-setup
	@$(BIN)/ruff format --check --quiet . || { echo 'make format mends the format'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy $(TYPED)
	@$(FIRMWARE_TYPES)
	@MYPYPATH=.cache/stubs/pico2-w $(FIRMWARE_TYPES) --custom-typeshed-dir .cache/stubs/pico2-w \
		--cache-dir .mypy_cache/pico2-w
	@$(BIN)/python -m pytest tests/house tests/hardware/test_manifest.py

check-setup: .venv/installed-for-tests .cache/stubs/installed

soak: test-setup
	@SOAK=1 $(BIN)/python -m pytest -m 'soak or not soak' --durations=20

storm: test-setup
	@$(BIN)/python -m tests.storm.storm --database postgresql
	@$(BIN)/python -m tests.storm.storm --database postgresql --back --seed 2
	@$(BIN)/python -m tests.storm.storm --database sqlite --seed 3
	@$(BIN)/python -m tests.storm.storm --database sqlite --back --seed 4

bench: .venv/installed-for-tests
	@$(BIN)/python -m tests.bench $(PARTS)

bench-long: .venv/installed-for-tests
	@BENCH_LONG=1 $(BIN)/python -m tests.bench $(or $(PARTS),growth outage)

beside: .venv/installed-for-tests $(BESIDE)/mqttwarn/installed $(BESIDE)/node-red/installed
	@$(BIN)/python -m tests.bench beside

$(BESIDE)/mqttwarn/installed: requirements-beside.lock | .venv/made
	@echo 'hymio: installing mqttwarn into $(@D) (once)'
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes -r requirements-beside.lock || { \
		echo 'hymio: mqttwarn could not be installed; it comes from the Python package index, which must be reachable'; exit 1; }
	@touch $@

# Its SQLite driver is compiled where no ready one can be had: that takes minutes, and a compiler.
$(BESIDE)/node-red/installed: tests/bench/others/package.json tests/bench/others/package-lock.json
	@command -v node npm >/dev/null || { echo 'hymio: Node-RED needs node 18.5 or newer and npm; install both'; exit 1; }
	@echo 'hymio: installing Node-RED into $(@D) (once; some minutes)'
	@mkdir -p $(@D) && cp $^ $(@D)
	@node=$$(node -p 'require("path").resolve(process.execPath, "../..")'); \
		test ! -d "$$node/include/node" || export npm_config_nodedir="$$node"; \
		cd $(@D) && npm ci --no-audit --no-fund --loglevel error && node -e 'require("sqlite3")' || { \
		echo 'hymio: Node-RED could not be installed; it comes from the npm registry, which must be reachable'; exit 1; }
	@touch $@

pictures: test-setup
	@$(BIN)/python -m tests.system.pictures docs/pictures

hardware: .venv/made
	@$(BIN)/python -m hardware make $(STEPS)

hardware-check: .venv/made
	@$(BIN)/python -m hardware check $(STEPS)

format: .venv/installed-for-tests
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

# One that is there is used; one whose Python has gone is made anew.
ifneq ($(shell $(BIN)/python -c 'import pip, sys; print(sys.version_info >= (3, 11))' 2>/dev/null),True)
$(shell rm -f .venv/made .venv/installed .venv/installed-for-tests)
endif

.venv/made:
	@test -x $(BIN)/python && test -e .venv/bin/activate || { \
		python='$(PYTHON)'; test -n "$$python" || exit 1; \
		echo "hymio: making .venv with $$python"; "$$python" -m venv --clear .venv; }
	@touch $@

.venv/installed: requirements.lock pyproject.toml | .venv/made
	@echo 'hymio: installing what requirements.lock pins into .venv (once; a minute or two)'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/installed-for-tests: requirements-dev.lock .venv/installed
	@echo 'hymio: installing what the tests need into .venv (once)'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# MicroPython's types shadow the standard library's, so they never go into .venv.
.cache/stubs/installed: $(BOARDS:%=requirements-stubs-%.lock) | .venv/made
	@rm -rf .cache/stubs
	@for board in $(BOARDS); do $(PIP) install --quiet --no-deps --require-hashes -r requirements-stubs-$$board.lock \
		--target .cache/stubs/$$board || exit 1; done
	@touch $@

lock: lock-hardware
	@$(LOCK) --extra demo --extra technician --extra postgresql --group build -o requirements.lock pyproject.toml
	@$(LOCK) --extra demo --extra technician --extra postgresql --extra dev --group build -c requirements.lock \
		-o requirements-dev.lock pyproject.toml
	@$(LOCK) --group beside -o requirements-beside.lock
	@! command -v npm >/dev/null || (cd tests/bench/others && rm -f package-lock.json && \
		npm install --silent --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund)
	@for board in $(BOARDS); do $(LOCK) --group stubs-$$board -o requirements-stubs-$$board.lock || exit 1; done

# Beside the others, so that who draws a box need not move what the service runs on.
lock-hardware: .venv/made
	@test -x $(UV) || { $(BIN)/python -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv; }
	@$(LOCK) --group hardware -o requirements-hardware.lock

clean:
	@rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
