"""Every mail that leaves, and what becomes of it."""
