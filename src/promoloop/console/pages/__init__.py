"""The pages of the console, one module (or package) each, with a ``router``."""
