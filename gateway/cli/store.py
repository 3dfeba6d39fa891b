"""Opens a deployment's journal for reading, beside a running gateway or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.app import JOURNAL_KEY, journal_path
from gateway.deployment import Settings, read_settings
from gateway.errors import DefinitionRefused, Fault, Place
from gateway.journal.read import JournalReader
from gateway.system import KeyRing, open_keys

__all__ = ["open_store"]


@contextmanager
def open_store(config: Path) -> Iterator[tuple[JournalReader, KeyRing, Settings]]:
    """Give a reader of the journal that `config` names, its keys and settings. Raises DefinitionRefused (CFG-040)."""
    settings = read_settings(config)
    data = config.resolve().parent / settings.data
    if not journal_path(data).exists():
        fix = "start the gateway once (`gateway run`), or name another deployment with --config"
        raise DefinitionRefused(Fault("CFG-040", "this deployment has no journal yet", Place(file=config.name), fix))
    keys = open_keys(data / "keys", create=False)
    with JournalReader(journal_path(data), keys.derive(JOURNAL_KEY)) as reader:
        yield reader, keys, settings
