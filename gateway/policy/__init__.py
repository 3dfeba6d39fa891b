"""What may be said, to whom, for what: policies read, decided per item, applied to a message, and looked at once more.

The walk: `load.py` reads the officers' files into the frozen values of `language.py`; `decide.py` says what they mean;
`compile.py` makes tables from them, each compared with `decide.py` before its first use; `case.py` finds out what every
item of a message is about; `filter.py` builds the disclosed message from permitted paths; `guard.py` looks at the final
bytes and can only say no.

Guarantees: nothing is shared unless a sentence says so; the order of rules means nothing; an error denies; every answer
names a rule, a line and a law. Does no input or output, has no clock, and never prints a value of a message.
"""

__all__: list[str] = []
