"""The server that ``bench/serve.py`` measures: ``python bench/serving.py CONFIG PORT``."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from promoloop.api.app import create_app
from promoloop.bootstrap import open_shop


def main() -> None:
    """Serve until interrupted, with one worker."""
    with open_shop(Path(sys.argv[1])) as shop:
        uvicorn.run(
            create_app(shop),
            host="127.0.0.1",
            port=int(sys.argv[2]),
            loop="uvloop",
            http="httptools",
            log_level="error",
            access_log=False,
        )


if __name__ == "__main__":
    main()
