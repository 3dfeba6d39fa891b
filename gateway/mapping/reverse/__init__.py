"""The way back: which rules can be undone, a draft of the outbound mapping, and the pair of the two compared."""
