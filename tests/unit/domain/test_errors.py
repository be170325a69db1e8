import re

import pytest

from domain import errors, ports
from domain.errors import (
    AlreadyExists,
    AuthorizationDenied,
    CallbackUrlTaken,
    FieldError,
    FlowFailed,
    FlowLapsed,
    InvalidRequest,
    InvalidState,
    NotFound,
    NotOfferedYet,
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
    StorageUnavailable,
    SwitchboardError,
)


def tree(error: type[SwitchboardError]) -> list[type[SwitchboardError]]:
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


OURS = [error for error in tree(SwitchboardError) if error.__module__.startswith("domain.")]
RAISED = [error for error in OURS if error not in {SwitchboardError, FlowFailed}]

named = pytest.mark.parametrize("error", RAISED, ids=lambda error: error.__name__)


@named
def test_each_error_has_a_stable_code(error: type[SwitchboardError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)


@named
def test_each_error_says_in_its_docstring_what_to_do(error: type[SwitchboardError]) -> None:
    assert error.__doc__ != error.__base__.__doc__
    message = error().message
    assert re.fullmatch(r"[A-Z][^\n]{20,200}(\.|>\.)", message)
    assert "  " not in message
    assert str(error()) == message


@named
def test_a_message_of_its_own_takes_the_docstrings_place(error: type[SwitchboardError]) -> None:
    raised = error("Do this instead.")
    assert raised.message == str(raised) == "Do this instead."


def test_the_tree_at_the_top_of_the_module_is_the_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)|^(SwitchboardError)$", errors.__doc__ or "", flags=re.MULTILINE))
    names = {name for pair in drawn for name in pair if name}
    assert names == {error.__name__ for error in OURS if error.__module__ == errors.__name__}


def test_codes_are_shared_only_within_a_family() -> None:
    for error in RAISED:
        for other in RAISED:
            if error.code == other.code:
                assert issubclass(error, other) or issubclass(other, error)


@pytest.mark.parametrize(
    ("special", "general"),
    [
        (NotOfferedYet, InvalidRequest),
        (FlowLapsed, InvalidState),
        (CallbackUrlTaken, AlreadyExists),
        (ports.SecretStoreUnavailable, StorageUnavailable),
    ],
)
def test_a_special_case_is_handled_where_the_general_one_is(
    special: type[SwitchboardError], general: type[SwitchboardError]
) -> None:
    assert issubclass(special, general)


@pytest.mark.parametrize("error", [AuthorizationDenied, ProviderError, ProviderProtocolError, ProviderUnavailable])
def test_how_a_flow_failed_is_told_to_programs(error: type[FlowFailed]) -> None:
    told = error(error="access_denied", description="No.").extensions
    assert told == {"error": "access_denied", "errorDescription": "No."}
    assert error(error="access_denied").extensions == {"error": "access_denied"}
    assert error().extensions == {}


def test_the_fields_of_an_invalid_request_are_named() -> None:
    refused = InvalidRequest(fields=(FieldError("name", "is missing"), FieldError("type", "is unknown")))
    assert refused.extensions == {
        "fields": [{"field": "name", "message": "is missing"}, {"field": "type", "message": "is unknown"}]
    }
    assert refused.message == InvalidRequest().message


@pytest.mark.parametrize("error", [InvalidRequest(), NotFound(), StorageUnavailable()])
def test_an_error_with_nothing_more_to_tell_has_no_extensions(error: SwitchboardError) -> None:
    assert error.extensions == {}


@pytest.mark.parametrize("signal", [ports.FlowTaken, ports.SecretConflict, ports.SecretMissing, ports.NothingSent])
def test_what_a_use_case_must_handle_reaches_no_caller_by_itself(signal: type[Exception]) -> None:
    assert not issubclass(signal, SwitchboardError)
    assert signal.__doc__
