"""The error tree. A family decides the HTTP status, the exit code and whether to retry.

    PromoloopError
    ├── InvalidError       bad input           HTTP 422   exit 2   never retry
    ├── RefusedError       a rule says no      HTTP 409   exit 3   never retry
    └── UnavailableError   something is away   HTTP 503   exit 4   retry later

Every error says what was asked, what is the case and what to do. The three sentences are
``args``, so errors survive pickling and can cross process borders.
"""

import traceback

__all__ = ["InvalidError", "PromoloopError", "RefusedError", "UnavailableError", "trail_of"]


class PromoloopError(Exception):
    """Base of all errors promoloop raises on purpose.

    Parameters
    ----------
    asked : str
        What was asked for, with file, line and field where there are any.
    case : str
        What is the case instead.
    remedy : str
        What the reader can do about it.

    Examples
    --------
    >>> print(InvalidError("offers.yaml, line 3, field valid_until", "it is before valid_from",
    ...                    "Swap the two dates."))
    offers.yaml, line 3, field valid_until: it is before valid_from. Swap the two dates.
    """

    exit_code = 1
    http_status = 500
    retry = False

    def __init__(self, asked: str, case: str, remedy: str) -> None:
        super().__init__(asked, case, remedy)
        self.asked = asked
        self.case = case
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.asked}: {self.case}. {self.remedy}"


class InvalidError(PromoloopError):
    """The input is wrong and will stay wrong: mend it, do not retry."""

    exit_code = 2
    http_status = 422


class RefusedError(PromoloopError):
    """The input is fine, but a rule, a cap or the state of things says no."""

    exit_code = 3
    http_status = 409


class UnavailableError(PromoloopError):
    """Something outside is missing or away: put it right or wait, then retry."""

    exit_code = 4
    http_status = 503
    retry = True


def trail_of(error: BaseException) -> str:
    """What kind of error it is and where it came from, for logs.

    Its message is left out: in an error nobody expected it may name a person.

    >>> trail_of(KeyError("ann@shop.example"))
    'KeyError'
    """
    steps = traceback.extract_tb(error.__traceback__)
    places = [f"{step.name} ({_short(step.filename)}:{step.lineno})" for step in steps]
    return " < ".join([type(error).__name__, *reversed(places)])


def _short(filename: str) -> str:
    """The last two parts of a path: enough to find the file."""
    return "/".join(filename.replace("\\", "/").split("/")[-2:])
