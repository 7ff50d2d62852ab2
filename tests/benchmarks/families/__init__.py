"""Families of events to measure with: of each kind of event many, so that no single one is a showpiece."""
