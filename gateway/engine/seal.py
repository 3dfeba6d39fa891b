"""The sealer: reads committed leaves, signs a checkpoint of each log, stores it. Delivery does not wait for it.

A crash after signing and before storing is harmless: nobody has seen the signature, the next run signs again.
"""

import asyncio

from gateway.custody.checkpoint import sign_checkpoint
from gateway.ports import Journal, Signer
from gateway.telemetry import logger

__all__ = ["SEAL_SECONDS", "Sealer"]

SEAL_SECONDS = 2.0


class Sealer:
    """Signs what is new every two seconds, and once more at the end."""

    def __init__(self, journal: Journal, signer: Signer) -> None:
        self._journal = journal
        self._signer = signer
        self._sealed: dict[str, int] = {}

    async def run(self, stopped: asyncio.Event) -> None:
        """Seal until `stopped`, then once more."""
        while not stopped.is_set():
            self.seal()
            try:
                await asyncio.wait_for(stopped.wait(), SEAL_SECONDS)
            except TimeoutError:
                continue
        self.seal()

    def seal(self) -> None:
        """Sign and store a checkpoint of every log that grew. Raises JournalError."""
        for log in self._journal.logs():
            size, root = self._journal.seal(log)
            if size == self._sealed.get(log, 0):
                continue
            self._journal.store_checkpoint(log, size, sign_checkpoint(log, size, root, self._signer))
            self._sealed[log] = size
            logger().info("log.sealed", log=log, entries=size)
