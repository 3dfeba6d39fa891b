"""`gateway mapping`: what integrators do with mappings, one module a command."""
