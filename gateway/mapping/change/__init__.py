"""What a change does: of rules to the results, of a schema to the rules."""
