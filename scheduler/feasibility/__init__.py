"""Which requirements cannot hold together."""
