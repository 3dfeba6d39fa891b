"""The language server of mappings: faults, completion, hover and definitions in any editor that speaks LSP."""

__all__ = ["answers", "cursor", "meaning", "server"]
