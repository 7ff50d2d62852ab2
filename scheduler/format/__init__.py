"""The two files as validated, immutable values."""
