"""What the doors remember: who may come in, and what was answered already."""
