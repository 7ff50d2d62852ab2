"""Realistic events to try, show and measure with."""
