"""The circuit breaker in virtual time."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.names import Lane
from gateway.transport.breaker import Breaker, Phase


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(5):
        breaker = breaker.failed(at)
    assert breaker.phase is Phase.OPEN
    return breaker


def test_it_opens_after_five_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker()
    for count in range(4):
        breaker = breaker.failed(float(count))
        assert breaker.phase is Phase.CLOSED
    assert breaker.failed(4.0).phase is Phase.OPEN
    assert breaker.succeeded(4.0).failed(5.0).phase is Phase.CLOSED


def test_it_opens_when_half_of_the_last_twenty_within_a_minute_failed() -> None:
    breaker = Breaker()
    for count in range(19):
        breaker = breaker.failed(count * 0.1) if count % 2 == 0 else breaker.succeeded(count * 0.1)
    assert breaker.phase is Phase.CLOSED
    assert breaker.failed(2.0).phase is Phase.OPEN


def test_what_is_older_than_a_minute_does_not_count() -> None:
    breaker = Breaker()
    for count in range(60):
        now = count * 10.0
        breaker = breaker.failed(now) if count % 2 == 0 else breaker.succeeded(now)
        assert breaker.phase is Phase.CLOSED


def test_an_open_circuit_lets_one_probe_through_after_its_wait() -> None:
    breaker = opened(at=0.0)
    breaker, admitted = breaker.admit(29.9, Lane.ROUTINE)
    assert not admitted
    breaker, admitted = breaker.admit(30.0, Lane.ROUTINE)
    assert admitted
    assert breaker.phase is Phase.HALF_OPEN
    breaker, admitted = breaker.admit(31.0, Lane.FLASH)
    assert not admitted, "one probe at a time"
    assert breaker.succeeded(32.0) == Breaker()


def test_a_failed_probe_doubles_the_wait_to_ten_minutes_at_most() -> None:
    breaker, now, waits = opened(), 0.0, []
    for _ in range(8):
        waits.append(breaker.wait)
        now += breaker.wait
        breaker, admitted = breaker.admit(now, Lane.ROUTINE)
        assert admitted
        breaker = breaker.failed(now)
    assert waits == [30, 60, 120, 240, 480, 600, 600, 600]


def test_flash_may_probe_an_open_circuit_one_at_a_time_every_five_seconds() -> None:
    breaker = opened(at=0.0)
    breaker, first = breaker.admit(1.0, Lane.FLASH)
    breaker, second = breaker.admit(7.0, Lane.FLASH)
    assert (first, second) == (True, False), "the first has not been answered"
    breaker = breaker.failed(8.0)
    assert breaker.phase is Phase.OPEN
    assert breaker.opened_at == 0.0, "a FLASH probe does not prolong the wait of the others"
    breaker, third = breaker.admit(8.1, Lane.FLASH)
    assert third
    assert breaker.succeeded(8.2).phase is Phase.CLOSED


def test_a_probe_that_is_never_answered_is_forgotten() -> None:
    breaker, _ = opened().admit(30.0, Lane.ROUTINE)
    assert not breaker.admit(89.0, Lane.ROUTINE)[1]
    assert breaker.admit(90.0, Lane.ROUTINE)[1]


events = st.lists(st.tuples(st.sampled_from(["admit", "ok", "fail"]), st.floats(0, 100), st.sampled_from(Lane)))


@given(events)
def test_it_never_locks_for_ever_and_next_chance_is_the_truth(history: list[tuple[str, float, Lane]]) -> None:
    breaker, now = Breaker(), 0.0
    for event, passed, lane in history:
        now += passed
        match event:
            case "admit":
                chance = breaker.next_chance(now, lane)
                before = breaker
                breaker, admitted = breaker.admit(now, lane)
                assert admitted == (now >= chance)
                if not admitted:
                    assert before.admit(chance, lane)[1], "waiting until the next chance is enough"
                    assert chance - now <= 600
            case "ok":
                breaker = breaker.succeeded(now)
                assert breaker.phase is Phase.CLOSED
            case _:
                breaker = breaker.failed(now)
    for lane in Lane:
        assert breaker.admit(now + 700, lane)[1]
