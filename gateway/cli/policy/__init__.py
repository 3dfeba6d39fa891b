"""`gateway policy`: what officers do with policies, one module a command."""
