"""The marketers' door: web pages."""
