"""Who works on events, and how anybody shows who they are."""
