"""What checking a mapping costs: load, both schemas, tables and all judgements, as an editor or a reload does it.

    python -m bench.check [--rounds 9]

Every mapping of the repository, its files read before; the median of the rounds, in milliseconds of processor time.
`per 300 lines` is what a mapping of 300 lines would cost at the same rate.
"""

import argparse
import statistics
import time
from pathlib import Path

from gateway.exchange.format import load_format
from gateway.mapping.check.mapping import check_mapping

__all__ = ["main"]

_TOP = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    folder = _TOP / "schemas" / "exchange" / "v1"
    exchange = load_format({p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    files = {
        path.relative_to(_TOP).as_posix(): path.read_bytes()
        for top in ("mappings", "schemas")
        for path in (_TOP / top).rglob("*")
        if path.is_file()
    }
    print(f"{'mapping':46} {'lines':>6} {'ms':>8} {'per 300 lines':>14}")
    for name in sorted(file for file in files if file.endswith(".map.yaml")):
        times: list[float] = []
        for _ in range(rounds):
            started = time.process_time()
            check_mapping(name, files, exchange)
            times.append((time.process_time() - started) * 1000)
        lines = files[name].count(b"\n")
        median = statistics.median(times)
        print(f"{name:46} {lines:6} {median:8.1f} {median * 300 / lines:14.1f}")


if __name__ == "__main__":
    main()
