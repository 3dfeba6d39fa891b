"""Work in processes of its own: today the last look, with memory and time of its own, so that it cannot be reached.

Guarantees that whatever a worker does (ends, hangs, answers nonsense) is an answer "no", and that the gateway lives on.
Frames are JSON with their length before them, never pickled values. A worker gets no keys, no journal and no secrets.
"""

__all__: list[str] = []
