"""A loaded mapping made ready to run: all names resolved."""
