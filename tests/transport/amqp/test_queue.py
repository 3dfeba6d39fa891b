"""AMQP against a real RabbitMQ: the contract suites."""

import pytest

from gateway.testing.contracts import SINK_CHECKS, SOURCE_CHECKS, SinkCheck, SourceCheck
from tests.transport.amqp import rigs
from tests.transport.conftest import Town


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_the_source_keeps_its_contract(town: Town, check: SourceCheck) -> None:
    async with rigs.amqp_source(town) as rig:
        await check(rig)


@pytest.mark.parametrize("check", SINK_CHECKS, ids=lambda check: check.__name__)
async def test_the_sink_keeps_its_contract(town: Town, check: SinkCheck) -> None:
    async with rigs.amqp_sink(town) as rig:
        await check(rig)
