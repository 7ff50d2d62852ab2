"""Everything at once as a CP-SAT model: what must be held, what nothing else has found, and the last proofs."""
