"""What every command that needs settings does first; and how a command ends."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import rich_click as click
from rich.console import Console

from app.settings import CONFIG_VARIABLE, Loaded, SettingsError, load
from domain.errors import StorageUnavailable

FAILED = 1
USED_WRONGLY = 2
UNREACHABLE = 3

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

errors = Console(stderr=True, highlight=False)


def config_option(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """``--config FILE``."""
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"A TOML file with settings; else the one that {CONFIG_VARIABLE} names.",
    )(command)


def loaded_settings(
    options: Mapping[str, object], *, config: Path | None, needed: Collection[str] | None = None
) -> Loaded:
    """Settings of file, environment and options; a wrong one ends the command, an unknown variable is warned of.

    ``needed`` names the settings that have to be right; all of them unless told.
    """
    try:
        loaded = load(options, config=config)
    except SettingsError as error:
        stop(str(error), status=USED_WRONGLY)
    for name in loaded.unknown_variables:
        errors.print(f"Warning: {name} is no setting of Switchboard and is passed over.", style="yellow", markup=False)
    problems = [problem for name, problem in loaded.settings.problems().items() if needed is None or name in needed]
    if problems:
        stop("\n".join(problems), status=USED_WRONGLY)
    return loaded


@contextmanager
def unreachable_is_told() -> Iterator[None]:
    """A dependency that does not answer ends the command with status 3, saying which and what to do."""
    try:
        yield
    except StorageUnavailable as error:
        cause = error.__cause__
        stop(error.message + (f" ({type(cause).__name__})" if cause else ""), status=UNREACHABLE)


def stop(message: str, *, status: int) -> NoReturn:
    """End the command, saying why."""
    errors.print(message, style="red", markup=False, soft_wrap=True)
    raise SystemExit(status)
