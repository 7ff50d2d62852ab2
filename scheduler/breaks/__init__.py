"""Fewer breaks and idle slots for what is selected, with proven bounds."""
