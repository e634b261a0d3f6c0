"""The system's Chromium without a screen, driven over its DevTools pipe; nothing to install."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None
)
_SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    " --disable-background-networking --disable-component-update --disable-sync"
    " --disable-extensions --disable-dev-shm-usage --remote-debugging-pipe"
)
_BEGIN = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4);"
    " os.execv(sys.argv[3], sys.argv[3:])"
)
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}


class Chromium:
    """One browser with one page.

    ``requests`` are the addresses asked for, ``faults`` what the page complained of: refused by
    the policy, failed to load, thrown by a script.
    """

    def __init__(self, profile: Path) -> None:
        asked, told = _high(os.pipe()), _high(os.pipe())
        # the browser reads commands from 3 and writes answers to 4
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", _BEGIN, str(asked[0]), str(told[1]), str(CHROMIUM)),
                *_SWITCHES.split(),
                f"--user-data-dir={profile}",
            ],
            pass_fds=(asked[0], told[1]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(asked[0])
        os.close(told[1])
        self._write, self._read, self._rest = asked[1], told[0], b""
        self._number, self._session = 0, ""
        self.requests: list[str] = []
        self.faults: list[str] = []
        #: What dialogs have asked; each is answered with yes.
        self.asked: list[str] = []
        self._loaded = 0
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and what it answers; events on the way are taken note of."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(60)
            if answer is None:
                raise TimeoutError(method)
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def open(self, url: str) -> float:
        """Go to a page and wait until it is loaded; return the seconds that took."""
        begin = time.perf_counter()
        before = self._loaded
        self.send("Page.navigate", url=url)
        self.wait(lambda: self._loaded > before, f"loading {url}")
        return time.perf_counter() - begin

    def run(self, script: str) -> Any:
        """The value of a script's last expression."""
        found = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def click(self, selector: str) -> None:
        """Click the first that fits, as a person would: in the middle, scrolled into view."""
        spot = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            " one.scrollIntoView({block: 'center'}); const box = one.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=spot[0],
                y=spot[1],
                button="left",
                clickCount=1,
            )

    def go(self, selector: str) -> None:
        """Click something that leads to another page, and wait for that."""
        before = self._loaded
        self.click(selector)
        self.wait(lambda: self._loaded > before, f"the page after {selector}")

    def enter(self, selector: str) -> None:
        """Press Enter on something that leads to another page, and wait for that."""
        before = self._loaded
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.press("Enter")
        self.wait(lambda: self._loaded > before, f"the page after {selector}")

    def fill(self, selector: str, text: str) -> None:
        """Write into a field, in place of what is there."""
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        self.run(f"document.querySelector({json.dumps(selector)}).select?.()")
        self.send("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key on what has the focus."""
        code = _KEYS.get(key, ord(key[0].upper()))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        event = {"key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def see(self, text: str, seconds: float = 10) -> None:
        """Wait until the page shows a text."""
        shown = f"document.body.innerText.includes({json.dumps(text)})"
        self.wait(lambda: self.run(shown), f"the text {text!r}", seconds)

    def wait(self, holds: Any, what: str, seconds: float = 20) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"waited in vain for {what}"
            self._next(0.05)

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """The window, as on a desk or a phone; in light or dark."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        """The whole page as PNG."""
        found = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        """The next message, or nothing within this time."""
        while b"\0" not in self._rest:
            if not select.select([self._read], [], [], seconds)[0]:
                return None
            chunk = os.read(self._read, 1 << 20)
            assert chunk, "the browser has ended"
            self._rest += chunk
        raw, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _say_yes(self) -> None:
        """Answer a dialog; command 0 is none that ``send`` waits for."""
        yes = {"id": 0, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
        os.write(self._write, json.dumps(yes | {"sessionId": self._session}).encode() + b"\0")

    def _note(self, method: str, said: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded += 1
        elif method == "Page.javascriptDialogOpening":
            self.asked.append(said["message"])
            # The key that led here is answered for only when the dialog is: do not wait.
            self._say_yes()
        elif method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.faults.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.faults.append(str(said["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning"):
            self.faults.append(" ".join(str(one.get("value")) for one in said["args"]))


def _high(pair: tuple[int, int]) -> tuple[int, int]:
    """The same pipe with numbers that the shell's 3 and 4 do not collide with."""
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in pair]
    for end in pair:
        os.close(end)
    return moved[0], moved[1]
