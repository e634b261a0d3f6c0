"""Files of lines in which people are named: on-site messages, rows set aside, lists for ads."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from promoloop.core import UnavailableError
from promoloop.flows.privacy.naming import named_in
from promoloop.flows.privacy.records import Person

__all__ = ["FilesPersonal"]


class FilesPersonal:
    """Lines of text files; implements ``flows.privacy.ports.PersonalStore``.

    Parameters
    ----------
    root : Path
        The shop's folder.
    patterns : sequence of str
        Which files of it, such as ``onsite.jsonl`` or ``ads/**/*.csv``.
    digests : callable, optional
        Further texts that stand for an address in such files, such as its SHA-256.

    A line is the person's when one of their ids or addresses stands in it. Each file is rewritten
    beside itself and put in place in one step.
    """

    name = "files"

    def __init__(
        self,
        root: Path,
        patterns: Sequence[str],
        digests: Callable[[str], Sequence[str]] = lambda _: (),
    ) -> None:
        self._root, self._patterns, self._digests = root, tuple(patterns), digests

    def aliases(self, person: Person) -> Person:
        """Files tell nothing new of anybody."""
        return person

    def held(self, person: Person) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """The lines that name the person, by file."""
        wanted = self._wanted(person)
        found: dict[str, Sequence[Mapping[str, object]]] = {}
        for path in self._files():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            mine = [{"line": line} for line in lines if named_in(line, wanted)]
            if mine:
                found[str(path.relative_to(self._root))] = mine
        return found

    def purge(self, person: Person) -> Mapping[str, int]:
        """Drop those lines; return how many by file."""
        wanted = self._wanted(person)
        counts: dict[str, int] = {}
        for path in self._files():
            try:
                count = _rewritten(path, wanted)
            except OSError as error:
                raise UnavailableError(
                    f"taking a person out of {path}",
                    f"the system refused: {error.strerror or error}",
                    "Put that right, then run the erasure again.",
                ) from error
            if count:
                counts[str(path.relative_to(self._root))] = count
        return counts

    def _wanted(self, person: Person) -> tuple[str, ...]:
        more = (digest for one in person.needles for digest in self._digests(one))
        return tuple(dict.fromkeys(one for one in (*person.needles, *more) if one))

    def _files(self) -> Iterator[Path]:
        for pattern in self._patterns:
            yield from sorted(path for path in self._root.glob(pattern) if path.is_file())


def _rewritten(path: Path, wanted: Sequence[str]) -> int:
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines(keepends=True)
        kept = [line for line in lines if not named_in(line.decode("utf-8", "replace"), wanted)]
        if len(kept) == len(lines):
            return 0
        beside = path.with_name(f"{path.name}.erasing")
        with beside.open("wb") as out:
            out.writelines(kept)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    return len(lines) - len(kept)
