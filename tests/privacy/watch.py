"""Watches a run: what every value of ours says of itself (`repr`, and `str` of errors).

Whatever a function of the gateway returns or yields is asked, and every object of ours whose `__init__` ends; of one
type at most some hundreds, so that a run stays bearable.
"""

import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from types import FrameType
from typing import Any, Self

from tests.privacy.canaries import Canaries

__all__ = ["Watch"]

_MOST = 800
_LONGEST = 4 * 2**20
_MADE = {"__init__", "__post_init__", "__new__"}


class Watch:
    """Use as a context manager around the run; in all threads."""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = defaultdict(list)
        """What values said, by type."""
        self._sizes: dict[str, int] = defaultdict(int)
        self._busy = threading.local()

    def __enter__(self) -> Self:
        threading.setprofile(self._event)
        sys.setprofile(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def leaks(self, canaries: Canaries) -> dict[str, list[str]]:
        """The types whose values say a canary, and where those canaries were planted."""
        found = {name: canaries.found("\n".join(texts)) for name, texts in self.said.items()}
        return {name: canaries.named(numbers)[:5] for name, numbers in found.items() if numbers}

    def _event(self, frame: FrameType, event: str, value: Any) -> None:
        if event != "return" or getattr(self._busy, "on", False):
            return
        self._busy.on = True
        try:
            code = frame.f_code
            if code.co_name in _MADE and code.co_varnames:
                self._ask(frame.f_locals.get(code.co_varnames[0]))
            if value is not None and "/gateway/" in code.co_filename:
                for each in _ours(value, 2):
                    self._ask(each)
        finally:
            self._busy.on = False

    def _ask(self, value: object) -> None:
        kind = type(value)
        if not kind.__module__.startswith("gateway.") or isinstance(value, type):
            return
        name = f"{kind.__module__}.{kind.__qualname__}"
        if len(self.said[name]) >= _MOST or self._sizes[name] > _LONGEST:
            return
        try:
            text = repr(value) + (f" {value}" if isinstance(value, BaseException) else "")
        except (AttributeError, RuntimeError, ValueError):
            # Not finished yet: its own `__init__` is still to come.
            return
        self._sizes[name] += len(text)
        self.said[name].append(text)


def _ours(value: object, depth: int) -> Iterator[object]:
    """The value, and what is in it if it is a plain container."""
    if isinstance(value, dict | list | tuple | set | frozenset) and depth and type(value).__module__ == "builtins":
        for each in list(value.values() if isinstance(value, dict) else value)[:100]:
            yield from _ours(each, depth - 1)
    else:
        yield value
