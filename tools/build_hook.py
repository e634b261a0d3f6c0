"""Fetch the console's page assets before a wheel is built; an editable install does without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Runs tools/assets.py; a wheel without the assets is not built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it gathers the files."""
        del build_data
        if version != "editable":
            script = Path(self.root) / "tools" / "assets.py"
            subprocess.run([sys.executable, str(script)], check=True)
