"""Who takes part: registering, choosing, the directory, and what is kept and forgotten of them."""
