"""The event with more or fewer tables and slots."""
