"""The words in which policies are shown to lawyers, as signed data, and a policy said in them.

`book.py` is one language; `needed.py` lists every term and sentence that a language must have; `load.py` reads
`words.LANG.yaml`; `naming.py` finds the shortest names for a set; `render.py` says a whole decision set in sentences;
`page.py` writes printable HTML. Decides nothing.
"""

__all__: list[str] = []
