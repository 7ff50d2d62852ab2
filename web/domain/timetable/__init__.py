"""Who meets whom and when: computed, kept as versions, announced, and told in words."""
