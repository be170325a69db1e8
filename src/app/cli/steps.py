"""What a long command tells: what it is doing, then a tick and what was seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs
from rich.console import Console
from rich.text import Text


@attrs.frozen
class Steps:
    console: Console

    @contextmanager
    def doing(self, what: str, *, slow: bool = False) -> Iterator[Callable[[str], None]]:
        """Show that this goes on; give what to call with each thing that was seen. ``slow``: it may take seconds."""
        seen: list[str] = []
        if slow and not self.console.is_terminal:
            self._print(f"  {what} …")
        with self.console.status(Text(f"{what} …")):
            try:
                yield seen.append
            except Exception:
                self._print("✗ ", what, style="bold red")
                raise
        self._print("✓ ", ", ".join(seen) or what, style="bold green")

    def say(self, text: str) -> None:
        self._print(text)

    def _print(self, head: str, rest: str = "", *, style: str = "") -> None:
        # Not wrapped: an address that is cut in two cannot be copied.
        self.console.print(Text.assemble((head, style), rest), soft_wrap=True)
