"""Schemathesis over the whole OpenAPI document, against the server as it is served.

    python bench/api_fuzz.py --minutes 10 --json

A shop with simulated shoppers is served on loopback by ``promoloop serve`` and asked everything
that the document allows, and much that it does not. Counted are answers of 5xx and answers that
break the contract: statuses, headers, bodies and content types that the document does not name,
wrong requests that are taken, right ones that are refused, routes that forget to ask for a key.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import finish, machine

BIN = Path(sys.executable).parent
#: What the document cannot say, and the server checks all the same: an end after its beginning,
#: shares that sum to 1, an offer that exists. Such requests are refused by 409 or 422.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428"]
TAKEN = ["2xx", "302", "304", "401", "404", "409", "412", "422", "503"]
CONFIG = f"""
[generation]
allow-x00 = false

[checks]
positive_data_acceptance.expected-statuses = {json.dumps(TAKEN)}
negative_data_rejection.expected-statuses = {json.dumps(REFUSED)}
"""


@contextmanager
def served(folder: Path):
    """The address of a server over a small simulated shop, and a key that may do everything."""
    from promoloop.bootstrap import open_shop, shop_to_show

    config, _ = shop_to_show(folder, datetime.now(UTC))
    text = config.read_text("utf-8")
    if "[serve]" not in text:
        config.write_text(f"{text}\n[serve]\nothers_per_minute = 10000000\n", "utf-8")
    with open_shop(config) as shop:
        _, secret = shop.add_key("fuzz", ["admin"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    environment = os.environ | {
        "PROMOLOOP_SIGNING_KEY": secrets.token_hex(32),
        "PROMOLOOP_REPORT_SECRETS": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    command = [str(BIN / "promoloop"), "serve", "--config", str(config), "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz", process)
            yield f"http://127.0.0.1:{port}", secret, log
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the server did not start") from None
            time.sleep(0.1)
    raise SystemExit("the server did not answer within a minute")


def fuzzed(address: str, secret: str, folder: Path, seconds: int, seed: int) -> dict[str, Any]:
    """What schemathesis found within so many seconds."""
    config, report = folder / "schemathesis.toml", folder / "events.ndjson"
    config.write_text(CONFIG, "utf-8")
    command = [
        str(BIN / "st"),
        "--config-file",
        str(config),
        "run",
        f"{address}/v1/openapi.json",
        "--url",
        address,
        "--max-time",
        str(seconds),
        "--seed",
        str(seed),
        "--continue-on-failure",
        "--checks",
        "all",
        "--warnings",
        "off",
        "--request-timeout",
        "30",
        "--header",
        f"Authorization: Bearer {secret}",
        "--report",
        "json",
        "--report-json-path",
        str(report),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    (folder / "said.txt").write_text(done.stdout + done.stderr, "utf-8")
    return {"text": done.stdout, "code": done.returncode, "report": report}


def figures(found: dict[str, Any], log: Path) -> dict[str, Any]:
    """The counts of a run."""
    text = found["text"]
    kinds = Counter(re.findall(r"^- (.+)$", text, re.MULTILINE))
    cases = re.search(r"(\d[\d,]*) generated", text)
    server_errors = text.count("- Server error")
    return {
        "exit_code": found["code"],
        "cases": int(cases.group(1).replace(",", "")) if cases else 0,
        "server_errors_5xx": server_errors,
        "contract_breaks": sum(kinds.values()) - server_errors,
        "kinds": dict(kinds),
        "server_log_errors": log.read_text("utf-8", "replace").count("Traceback"),
    }


def main() -> None:
    """Serve, ask, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for what was found")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with served(folder) as (address, secret, log):
            found = fuzzed(address, secret, folder, int(asked.minutes * 60), asked.seed)
        counted = figures(found, log)
        if not asked.json:
            print(found["text"])
    finish(
        {
            **counted,
            "minutes": asked.minutes,
            "machine": machine("schemathesis", "fastapi", "uvicorn"),
            "seeds": [asked.seed],
        }
    )


if __name__ == "__main__":
    main()
