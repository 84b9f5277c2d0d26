"""Where the change is, and what those places are made of."""
