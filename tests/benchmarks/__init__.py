"""What the solver reaches, beside what else could be taken: measured, not tested. Run by ``make bench``."""
