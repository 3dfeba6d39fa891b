"""The measuring programs run and measure something: counts only, never a time."""

import pytest

from bench import mapping, relay, run, stages
from gateway.testing.broker import Broker, PrivateBroker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize("engine", ["compiled", "interpreted"])
def test_every_stage_of_every_sample_has_a_figure(engine: str) -> None:
    found = stages.measure(1, engine)  # type: ignore[arg-type]  # one of the two
    assert set(found) == set(stages.SAMPLES)
    for sample, used in found.items():
        assert set(used) == {*stages.CORRIDOR, *stages.AROUND}, sample
        assert all(value > 0 for value in used.values()), sample


@pytest.mark.parametrize("targets", [1, 3])
def test_the_relay_moves_everything_once_to_every_target(targets: int, own_broker: PrivateBroker) -> None:
    found = relay.measure(own_broker, 700, 100, targets)
    assert (found.messages, found.targets) == (700, targets)
    depths = {queue: run._depth(own_broker.url(), queue) for queue in ("bench.in", "bench.out.0")}
    assert depths == {"bench.in": 0, "bench.out.0": 700}
    assert run._depth(own_broker.url(), f"bench.out.{targets - 1}") == 700


@pytest.mark.parametrize("case", [run.Case("json", 1, "compiled"), run.Case("xml", 3, "interpreted")])
def test_the_gateway_is_measured_once_everything_has_arrived(case: run.Case, broker: Broker) -> None:
    found = run.measure(broker, case, 5)
    assert (found.case, found.messages) == (case, 5)
    assert found.seconds > 0
    assert found.cpu_us > 0


def test_ratios_are_to_the_relay_of_the_same_body_and_targets() -> None:
    relays = [run.Figures(run.Case("json", targets, ""), 1000, targets, 50.0) for targets in (1, 3)]
    ours = run.Figures(run.Case("json", 3, "compiled"), 100, 2.0, 500.0)
    told = run.described([*relays, ours])
    assert [each["rate_of_relay"] for each in told] == [1.0, 1.0, 0.15]
    assert [each["cpu_of_relay"] for each in told] == [1.0, 1.0, 10.0]


def test_all_that_is_measured_of_a_mapping_makes_equal_messages() -> None:
    fmt = mapping._format()
    found = mapping._json(fmt, 1, 1)
    assert found["leaves"] == 74
    assert {"hand", "compiled", "interpreted", "jsonata", "glom", "jsonpath"} <= set(found["microseconds"])  # type: ignore[call-overload]  # a dictionary
    assert mapping._xml(fmt, 1, 1)["compiled_to_hand"]
