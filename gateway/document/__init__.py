"""Readers and writers: bytes to tree and back, strictly, with limits. Opens no file and no connection."""
