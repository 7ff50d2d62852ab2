"""The independent check: every rule and tier again, from the files alone. Imports ``format`` and nothing else."""
