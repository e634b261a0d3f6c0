"""Are our figures as sure as they say? Simulated worlds whose truth is known.

    python bench/statistics.py --json                 # 200 worlds, seeds 0..199
    python bench/statistics.py --seeds 0..9           # a quick look

What is measured, and the keys of the last line, stand in ``known_truths.py``. This file is only
the door to it: its name is that of a module of the standard library, and a package that asks for
that one while a bench of this folder runs must get it.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def hand_over() -> None:
    """Put the standard library's ``statistics`` in the place of this file."""
    spec = PathFinder.find_spec("statistics", [sysconfig.get_paths()["stdlib"]])
    if spec is None or spec.loader is None:
        raise ImportError("the standard library's statistics was not found")
    module = module_from_spec(spec)
    sys.modules["statistics"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    from known_truths import main

    main(__doc__)
else:
    hand_over()
