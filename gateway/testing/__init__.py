"""What integrators test against: a real broker of their own, simulated agencies and partners, contract suites.

Shipped with the package, because whoever writes an adapter must be able to run the suite of its port. Nothing in the
running gateway imports this room.
"""
