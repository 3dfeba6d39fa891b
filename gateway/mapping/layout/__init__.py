"""The canonical layout of definition files: the same words and comments, laid out the one way."""
