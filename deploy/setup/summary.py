"""Adds up the reports of several test runs and prints one closing line. Fails if there is nothing to add up."""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET


def main(names: list[str]) -> int:
    """Print the sums; give 1 if no test ran."""
    counts: Counter[str] = Counter()
    for name in names:
        if not Path(name).is_file():
            continue
        for suite in ET.parse(name).getroot().iter("testsuite"):  # noqa: S314  our own report
            for word in ("tests", "failures", "errors", "skipped"):
                counts[word] += int(suite.get(word, "0"))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    print(f"tests: {passed} passed, {failed} failed, {counts['skipped']} skipped")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
