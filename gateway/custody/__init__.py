"""What was done, provably: leaves, trees, notes, commitments and receipts as values.

Never sees content, only digests.
"""
