"""On-site messages: a JSON Lines file that the shop's site reads.

Each line is one message. A group is appended whole under a file lock and forced to disk before it
counts as sent; a message whose id already stands in the file is not written again, whoever wrote
it. A last line that a crash cut short is removed by the next writer.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from promoloop.deliver import Rendered, SendResult, unfit

__all__ = ["OnsiteChannel"]


class OnsiteChannel:
    """Append messages to ``path``.

    Lines are objects with ``message_id, address, headline, body`` and the headers of the rendered
    message (``call, locale, decision_id, expires_at``, ``slot.*``). The reader takes each
    ``message_id`` once and drops what is past ``expires_at``.
    """

    name = "onsite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[str] = set()
        self._read_up_to = 0

    def send(self, messages: Sequence[Rendered]) -> list[SendResult]:
        """Append those not there yet; one result each. A full disk makes all of them ``retry``."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            with self._path.open("r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                return self._append(file, messages)
        except OSError as error:
            return [SendResult("retry", f"cannot write {self._path}: {error.strerror}")] * len(
                messages
            )

    def _append(self, file: FileIO, messages: Sequence[Rendered]) -> list[SendResult]:
        end = self._catch_up(file)
        results, lines, added = [], [], set()
        for message in messages:
            why = unfit(message)
            if why:
                results.append(SendResult("failed", why))
                continue
            known = message.message_id in self._seen or message.message_id in added
            results.append(SendResult("sent", "already there" if known else "written"))
            if not known:
                added.add(message.message_id)
                lines.append(_line(message))
        try:
            _write(file, end, b"".join(lines))
        except OSError:
            file.truncate(end)
            raise
        self._seen |= added
        self._read_up_to = file.tell()
        return results

    def _catch_up(self, file: FileIO) -> int:
        """Learn the ids others appended; return where whole lines end, cutting off a torn one."""
        if file.seek(0, os.SEEK_END) < self._read_up_to:
            # The site rotated the file: what stands in it now is all that counts.
            self._seen.clear()
            self._read_up_to = 0
        file.seek(self._read_up_to)
        tail = file.read()
        whole = tail[: tail.rfind(b"\n") + 1]
        self._seen.update(json.loads(line)["message_id"] for line in whole.splitlines())
        self._read_up_to += len(whole)
        if len(whole) < len(tail):
            file.truncate(self._read_up_to)
        return self._read_up_to


def _write(file: FileIO, at: int, data: bytes) -> None:
    file.seek(at)
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    os.fsync(file.fileno())


def _line(message: Rendered) -> bytes:
    fields = {
        **message.headers,
        "message_id": message.message_id,
        "address": message.address,
        "headline": message.subject,
        "body": message.text,
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode() + b"\n"
