# make demo: fresh checkout -> everything installed -> demo on http://127.0.0.1:7860
# make test: everything installed -> tests pass, on two cores
# make quick: the tests that take long or need a browser left out
# make lint: style, types and layers, as CI checks them
# make soak: the long load, fuzz and memory runs (an hour or two) -> docs/reliability.md
# make demo TORCH=cpu: with a PyTorch for CPUs alone, gigabytes smaller
# make space SPACE=name/of-it: the page on Hugging Face Spaces, with a token that may write in HF_TOKEN
# make test REQUIREMENTS=requirements.lock: the same with the very versions, by hash, that were tested last
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
REQUIREMENTS := requirements-dev.txt
# Before the rest, and from nowhere else: beside PyPI, pip would take the heavy one whenever this index cannot be reached.
LIGHT := $(if $(filter cpu,$(TORCH)),grep ^torch requirements.txt | xargs $(RUN) -m pip install --index-url https://download.pytorch.org/whl/cpu)
LOCK = $(VENV)/bin/uv pip compile --quiet --generate-hashes --no-annotate --python $(RUN) --custom-compile-command "make lock"

.PHONY: demo test quick lint evaluate bench soak space lock audit clean

demo: $(VENV)/demo.stamp
	$(RUN) app.py

test: $(VENV)/test.stamp
	$(RUN) -m pytest -q -n 2 tests

quick: $(VENV)/test.stamp
	$(RUN) -m pytest -q -n 2 -m "not slow and not browser" tests

lint: $(VENV)/test.stamp
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

evaluate: $(VENV)/test.stamp
	$(RUN) -m talking_face evaluate

bench: $(VENV)/test.stamp
	$(RUN) -m talking_face bench
	PYTHONPATH=.:tests $(RUN) tests/bench/page.py

soak: $(VENV)/test.stamp
	$(RUN) -m pip install "atheris>=3,<4"
	PYTHONPATH=.:tests $(RUN) tests/soak/run.py

space: $(VENV)/demo.stamp
	$(RUN) -m pip install -r requirements-hosting.txt
	$(RUN) deploy/space.py $(SPACE)

lock:
	$(RUN) -m pip install uv
	$(LOCK) -o requirements.lock requirements-dev.txt
	printf "%s; sys_platform == 'never'\n" torch torchvision > $(VENV)/without-torch.txt
	$(LOCK) --override $(VENV)/without-torch.txt --constraint requirements.lock -o requirements-container.lock requirements.txt

audit:
	$(RUN) -m pip install pip-audit
	$(VENV)/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements.txt | $(VENV)/bin/python
	$(LIGHT)
	$(RUN) -m pip install -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements.txt requirements-train.txt requirements-hosting.txt requirements-cluster.txt requirements-dev.txt requirements.lock | $(VENV)/bin/python
	$(RUN) -m pip install -r $(REQUIREMENTS)
	touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV) artefacts
