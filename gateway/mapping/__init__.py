"""An agency's words and the common words: mappings are read, checked, and applied in both directions."""
