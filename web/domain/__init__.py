"""What the product does, as plain functions named for the action; one transaction each."""
