"""What the product does, as plain functions named for the action; each is one transaction."""
