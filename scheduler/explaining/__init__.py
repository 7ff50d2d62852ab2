"""The parts of ``explain``: what stands in the way of a meeting, and the price of forcing it."""
