"""Mutation testing: what of a mapping no test protects."""
