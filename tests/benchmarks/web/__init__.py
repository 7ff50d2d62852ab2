"""How many people the web pages answer, and how fast: measured from outside, beside a bare Flask page."""
