"""Where: tables and facilitators."""
