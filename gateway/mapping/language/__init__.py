"""The words of the mapping language as frozen values with places: rules, files, conditions, patterns, templates."""
