"""The command line: ``promoloop init | ingest | learn | compose | decide | deliver | report``."""

from promoloop.cli.commands import main

__all__ = ["main"]
