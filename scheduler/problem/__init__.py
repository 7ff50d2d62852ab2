"""The event as integers: what every algorithm reads and hands on."""
