"""What an event's team sees, one blueprint a subject."""
