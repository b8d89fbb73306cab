"""How results are shown: what is there, without the many fields that an answer doesn't have."""

from __future__ import annotations


class Shown:
    def __repr__(self) -> str:
        said = [f"{name}={value!r}" for name, value in vars(self).items() if not _is_absent(value)]
        return f"{type(self).__name__}({', '.join(said)})"


def _is_absent(value: object) -> bool:
    return value is None or value is False or value == ()
