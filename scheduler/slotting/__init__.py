"""When: a slot for each selected meeting."""
