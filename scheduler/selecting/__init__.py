"""Who meets whom, slots only counted."""
