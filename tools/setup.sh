#!/usr/bin/env bash
# Make the virtual environment from the hashed lock file. Safe to stop and run again:
# the marker .ready is written last, and an unfinished environment is finished, not trusted.
set -euo pipefail
python="$1"
venv="$2"
lock="${3:-requirements.lock}"

command -v "$python" >/dev/null || python=python3
command -v "$python" >/dev/null || {
  echo "set-up: Python 3.11 or newer was not found. Install it (Debian: apt-get install python3 python3-venv), then run make again." >&2
  exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "set-up: $("$python" --version) is too old; promoloop needs Python 3.11 or newer. Name one with: make PYTHON=/path/to/python3.11" >&2
  exit 1
}
if [ ! -x "$venv/bin/pip" ]; then
  "$python" -m venv "$venv" || {
    rm -rf "$venv"
    echo "set-up: this Python cannot make virtual environments. Install its venv module (Debian: apt-get install python3-venv), then run make again." >&2
    exit 1
  }
fi
start=$SECONDS
echo "set-up: installing from $lock into $venv (a minute or two, once)"
"$venv/bin/pip" install --quiet --progress-bar on --disable-pip-version-check --no-deps --require-hashes -r "$lock"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
if [ "$lock" = requirements.lock ]; then
  # The console's pages need them, nothing else does: without, it says what to do.
  "$venv/bin/python" tools/assets.py || true
fi
touch "$venv/.ready"
echo "set-up: done in $((SECONDS - start)) s"
