"""Drafting a mapping: what samples and schemas show becomes a first file, with every open decision marked as open."""
