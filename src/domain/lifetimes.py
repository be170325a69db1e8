"""Lengths of time as the API's clients write them: seconds (``90``), or hours, minutes and seconds (``1h30m``)."""

import re

_LENGTH = re.compile(r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s?)?")


def read_lifetime(text: str) -> int | None:
    """In seconds; None for what is no length of time, or none at all."""
    parts = _LENGTH.fullmatch(text)
    if parts is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return hours * 3600 + minutes * 60 + seconds or None


def write_lifetime(seconds: int) -> str:
    """The shortest text that reads as these seconds: ``1h``, ``90s`` being ``1m30s``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if number)
