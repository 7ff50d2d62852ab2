"""Lists of people with what they prefer, and matrices of scores, as events: what organisers have before any event."""
