"""Everything at once as a CP-SAT model, for what the fast road cannot take."""
