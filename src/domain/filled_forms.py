"""A form as it was filled in: read against its table, over what is there already."""

from collections.abc import Mapping

import attrs

from domain.auth_configs import FormConfig
from domain.connection_forms import members_of
from domain.errors import FieldError, InvalidRequest
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class FilledForm:
    """What a form says.

    Attributes:
        document: The values as they are kept in the secret store.
        issue_token: Whether a token has to be had before the connection counts.

    """

    document: Mapping[str, Secret]
    issue_token: bool


def read_form(config: FormConfig, data: Mapping[str, object], *, kept: Mapping[str, Secret]) -> FilledForm:
    """The form over ``kept``: an app's defaults, or what the connection has. Raises InvalidRequest, naming members.

    A member left out is what is kept; there none, the config's own.
    """
    members = {member.name: member for member in members_of(config)}
    wrong = [FieldError(f"data.{name[:100]}", "is no member of this form") for name in data.keys() - members.keys()]
    document: dict[str, Secret] = {}
    issue_token = False
    for name, member in members.items():
        try:
            sent = member.read(data[name]) if name in data else None
        except ValueError as error:
            wrong.append(FieldError(f"data.{name}", str(error)))
            continue
        if member.kept_as is None:
            issue_token = bool(sent)
            continue
        fallback = None if member.fallback is None else Secret(member.fallback)
        value = kept.get(member.kept_as, fallback) if sent is None else Secret(sent)
        if value is not None:
            document[member.kept_as] = value
        elif member.required:
            wrong.append(FieldError(f"data.{name}", "is missing"))
    if wrong:
        raise InvalidRequest(fields=tuple(wrong))
    return FilledForm(document=document, issue_token=issue_token)


def names_kept(config: FormConfig) -> frozenset[str]:
    """Under which names a form's values are kept, beside what a grant keeps there."""
    return frozenset(member.kept_as for member in members_of(config) if member.kept_as is not None)
