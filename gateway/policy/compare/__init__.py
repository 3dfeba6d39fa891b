"""What changes between two versions of a policy: computed on what they compile to, said in few sentences.

The walk: `versions.py` compiles both over the same axes and gives every part in which they differ; `boxes.py` describes
cases; `lines.py` finds which lines of which file changed; `candidates.py` makes a box of each; `cover.py` chooses few
boxes and verifies that together they are exactly the difference; `beside.py` compares what decides about whole
messages; `diff.py` puts it together, `verdict.py` says whether a version is tighter, `report.py` says it all in words.

Guarantees: nothing that is newly disclosed is missing from a report; a difference that has no short name is listed in
full. Decides nothing itself.
"""

__all__: list[str] = []
