"""What was promised, to whom, from whose money, and what became of it."""
