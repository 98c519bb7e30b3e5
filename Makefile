# make demo: fresh checkout -> everything installed -> demo on http://127.0.0.1:7860
# make test: everything installed -> tests pass
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test evaluate clean

demo: $(VENV)/demo.stamp
	$(RUN) app.py

test: $(VENV)/test.stamp
	$(RUN) -m pytest -q tests

evaluate: $(VENV)/test.stamp
	$(RUN) -m talking_face evaluate

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install -r requirements.txt
	touch $@

$(VENV)/test.stamp: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(RUN) -m pip install -r requirements-dev.txt
	touch $@ $(VENV)/demo.stamp

clean:
	rm -rf $(VENV) artefacts
