"""What can leave, as tables and sheets: by purpose and role, by partner, by role, and what can be put together.

`cells.py` finds for every field and partner the most that can leave, from the decision function; `matrix.py` makes rows
of it; `ever.py` says in sentences all that one partner can see, or all that can leave about one role; `aggregation.py`
warns of what one partner can put together; `pages.py` prints them. Decides nothing.
"""

__all__: list[str] = []
