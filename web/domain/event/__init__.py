"""What is planned: the event, its rounds, tables and people at hand, its words and rules, and the files it comes as."""
