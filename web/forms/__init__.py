"""What a person may type, and the sentence they get otherwise."""
