"""Lists of people as organisers have them: read into an event, and taken out of it."""
