"""Swaps of two slots along Kempe chains, compiled."""
