import structlog

_log = structlog.get_logger("switchboard")


class SystemEventLog:
    """An EventLog: lines of the service's log."""

    def note(self, event: str, **fields: str) -> None:
        _log.info(event, **fields)
