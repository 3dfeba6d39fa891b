"""What is decided about a mapping before it is loaded."""
