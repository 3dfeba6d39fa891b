# The commands of this project. "make demo" and "make test" set up everything they need by themselves.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test fast lint format map bench lock runtime full rabbitmq clean

help:          ## these lines
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

demo: runtime  ## set up, then show the main job: five agencies, four partners, one gateway, no services
	@.venv/bin/gateway demo

test: full rabbitmq ## set up, then run everything, with a real RabbitMQ
	@deploy/setup/tests.sh

fast: full     ## the tests without a broker
	@deploy/setup/tests.sh fast

lint: full     ## ruff and mypy
	.venv/bin/ruff check .
	.venv/bin/mypy

format: full   ## put the code into one shape
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

map:           ## the rooms of gateway/, in the order in which they may know each other
	@python3 tests/architecture/rooms.py

bench: full rabbitmq ## measure the whole path beside a bare relay
	.venv/bin/python -m bench.run

lock:          ## resolve the dependencies anew and write the lock files
	@deploy/setup/lock.sh

clean:         ## remove what set-up and tests made
	rm -rf .venv .cache .hypothesis

runtime:
	@deploy/setup/python.sh runtime

full:
	@deploy/setup/python.sh full

rabbitmq:
	@deploy/setup/rabbitmq.sh
