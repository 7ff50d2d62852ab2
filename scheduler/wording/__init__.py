"""What people read, in French or English, made from values."""
