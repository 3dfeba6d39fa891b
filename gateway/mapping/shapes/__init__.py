"""What documents may contain, whatever schema language says it, and what the exchange format asks for."""
