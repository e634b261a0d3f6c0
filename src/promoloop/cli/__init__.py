"""The command line: ``promoloop init | ingest | learn | compose | decide | deliver | report``."""

import sys

try:
    from promoloop.cli.commands import main
except KeyboardInterrupt:
    # Loading takes a second or two, and Ctrl-C in it means what it always means.
    sys.exit(130)

__all__ = ["main"]
