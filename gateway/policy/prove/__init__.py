"""What a policy discloses in *every* case there is: computed, counted, proved, and the same thing that runs.

The walk: `axes.py` names the values that a case can take; `blocks.py` keeps, for one combination of plain attributes,
the rules that matter; `build.py` puts the blocks together to the decision function of `function.py`, with its digest;
`space.py` looks at every set of roles, marks and permissions at once. On these stand the prover and everything that
compares two versions of a policy.

Guarantees: what is said about "every case" was computed for every case, none was sampled. Asks no clock: whoever has a
budget of time hands in what says that it is spent.
"""

__all__: list[str] = []
