"""What a model wrote about itself, read back field by field.

``to_parameters`` of a model gives JSON types. They may have been cut, edited or written by another
version since, so ``from_parameters`` reads them through ``Saved``, which names what is wrong.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promoloop.core.errors import InvalidError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Saved"]

_REMEDY = "Read what to_parameters wrote, with the version that wrote it, or learn the model anew."


class Saved:
    """The saved parameters of one model.

    Parameters
    ----------
    parameters : mapping of str to JSON types
    what : str
        What they should make, as errors name it: "a saved effect model".

    Raises
    ------
    InvalidError
        Here when ``parameters`` are no mapping; in every method when the field is missing or is
        not what was asked for. It names the model and the field.

    Examples
    --------
    >>> saved = Saved({"seen": 3, "mean": [0.5, 1.0]}, "a saved curve")
    >>> saved.number("seen"), saved.array("mean", 2).tolist()
    (3.0, [0.5, 1.0])
    >>> saved.array("mean", 3)
    Traceback (most recent call last):
    ...
    promoloop.core.errors.InvalidError: a saved curve, field mean: it is of shape (2,), not (3,). \
Read what to_parameters wrote, with the version that wrote it, or learn the model anew.
    """

    def __init__(self, parameters: object, what: str) -> None:
        if not isinstance(parameters, Mapping):
            raise InvalidError(what, f"{parameters!r:.60} holds no fields", _REMEDY)
        self._fields = parameters
        self._what = what

    def __contains__(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        """The names of the fields."""
        return (str(name) for name in self._fields)

    def fault(self, name: str, case: str) -> InvalidError:
        """The error for a field that cannot be used."""
        return InvalidError(f"{self._what}, field {name}", case, _REMEDY)

    def value(self, name: str) -> Any:
        """The field as it was written."""
        if name not in self._fields:
            raise self.fault(name, "it is missing")
        return self._fields[name]

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise self.fault(name, f"{value!r:.60} is no number")
        if not math.isfinite(value):
            raise self.fault(name, f"{value} is not finite")
        return float(value)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, numbers.Integral):
            raise self.fault(name, f"{value!r:.60} is no whole number")
        return int(value)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.value(name)
        if not isinstance(value, bool):
            raise self.fault(name, f"{value!r:.60} is neither true nor false")
        return value

    def text(self, name: str) -> str:
        """A text, which may be empty."""
        value = self.value(name)
        if not isinstance(value, str):
            raise self.fault(name, f"{value!r:.60} is no text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(name)
        if not all(isinstance(value, str) for value in values):
            raise self.fault(name, "not every item is a text")
        return tuple(values)

    def rows(self, name: str, count: int, length: int) -> tuple[tuple[str, ...], ...]:
        """A table of texts: ``count`` rows of ``length``."""
        rows = [tuple(row) for row in self.items(name) if isinstance(row, list | tuple)]
        texts = all(isinstance(text, str) for row in rows for text in row)
        if [len(row) for row in rows] != [length] * count or not texts:
            raise self.fault(name, f"it is not {count} lists of {length} texts")
        return tuple(rows)

    def items(self, name: str) -> Sequence[Any]:
        """A list of anything."""
        value = self.value(name)
        if not isinstance(value, list | tuple):
            raise self.fault(name, f"{value!r:.60} is no list")
        return value

    def part(self, name: str) -> Saved:
        """The parameters of a part of the model."""
        return Saved(self.value(name), f"{self._what}, field {name}")

    def counts(self, name: str) -> dict[str, int]:
        """Whole numbers from 0 up, by name."""
        part = self.part(name)
        counts = {key: part.whole(key) for key in part}
        if any(count < 0 for count in counts.values()):
            raise self.fault(name, "a count is below 0")
        return counts

    def array(
        self, name: str, *shape: int | None, null: float | None = None
    ) -> NDArray[np.float64]:
        """Finite numbers of this shape; ``None`` in it stands for any length.

        With ``null``, a null among the numbers stands for that.
        """
        # See core.arrays: whoever only wants money or errors need not wait for it.
        import numpy as np

        value = self.value(name)
        try:
            array = np.asarray(value, dtype=None if null is None else object)
        except ValueError as error:
            raise self.fault(name, f"it is no table of numbers: {error}") from error
        if array.size == 0 and not all(shape):
            array = np.empty([length or 0 for length in shape])
        if not _fits(array.shape, shape):
            asked = ", ".join("any" if length is None else str(length) for length in shape)
            comma = "," if len(shape) == 1 else ""
            raise self.fault(name, f"it is of shape {array.shape}, not ({asked}{comma})")
        return self._numbers(name, array, null)

    def _numbers(self, name: str, array: NDArray[Any], null: float | None) -> NDArray[np.float64]:
        import numpy as np

        if null is not None:
            flat = array.ravel().tolist()
            if not all(one is None or isinstance(one, numbers.Real) for one in flat):
                raise self.fault(name, "it does not hold numbers only")
            nothing = np.array([one is None for one in flat], dtype=np.bool_).reshape(array.shape)
            array = np.where(nothing, null, array).astype(np.float64)
        elif array.dtype.kind not in "biuf":
            raise self.fault(name, "it does not hold numbers only")
        else:
            nothing = np.zeros(array.shape, dtype=np.bool_)
        found = np.asarray(array, dtype=np.float64)
        if not np.isfinite(found[~nothing]).all():
            raise self.fault(name, "it holds NaN or infinity")
        return found


def _fits(found: tuple[int, ...], asked: tuple[int | None, ...]) -> bool:
    return len(found) == len(asked) and all(
        length in (None, here) for length, here in zip(asked, found, strict=True)
    )
