"""connection-init on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.body import Body
from app.use_cases.start_connection import ConnectionRequest, FormToFill, StartedConnection
from domain.errors import FieldError, FlowInterrupted, InvalidRequest, NotOfferedYet
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import AppId, ConnectionId


class ConnectionInitBody(Body):
    """What to connect; with ``connectionId`` a connection that is there. ``endUserId`` is not offered yet.

    ``allowAccountChange`` lets an editor connect another account at the provider than before.
    """

    app_id: str
    auth_type: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None = None
    scopes: Annotated[list[str], msgspec.Meta(max_length=200)] | None = None
    return_url: str | None = None
    additional_parameters: Annotated[dict[str, str], msgspec.Meta(max_length=50)] = {}
    connection_id: str | None = None
    allow_account_change: bool = False
    end_user_id: str | None = None

    def read(self) -> ConnectionRequest:
        """The request. Raises InvalidRequest, NotOfferedYet."""
        if self.end_user_id is not None:
            raise NotOfferedYet(fields=(FieldError("endUserId", "is not offered yet"),))
        if self.allow_account_change and self.connection_id is None:
            raise InvalidRequest(fields=(FieldError("allowAccountChange", "goes with a connectionId"),))
        try:
            app_id = AppId(self.app_id)
        except ValueError:
            raise InvalidRequest(fields=(FieldError("appId", "is not an app's identifier"),)) from None
        try:
            connection_id = None if self.connection_id is None else ConnectionId(self.connection_id)
        except ValueError:
            raise InvalidRequest(fields=(FieldError("connectionId", "is not a connection's identifier"),)) from None
        return ConnectionRequest(
            app_id=app_id,
            connection_id=connection_id,
            allow_account_change=self.allow_account_change,
            auth_type=self.auth_type,
            name=self.name,
            scopes=self.scopes,
            return_url=self.return_url,
            additional_parameters=self.additional_parameters,
        )


class RedirectBody(Body):
    url: str


class FormBody(Body):
    """The JSON Schema (2020-12) of the ``data`` to send to ``POST …/connections``."""

    schema: dict[str, Any]


class ActionBody(Body):
    """What the caller has to do: send a browser to ``redirect.url``, or have ``form`` filled in."""

    redirect: RedirectBody | None = None
    form: FormBody | None = None


class StartedBody(Body):
    """What comes next; with ``redirect`` a flow that waits for a browser until ``expiresAt``."""

    action: ActionBody
    flow_id: str | None = None
    expires_at: datetime | None = None

    @classmethod
    def of(cls, started: StartedConnection | FormToFill) -> "StartedBody":
        if isinstance(started, FormToFill):
            return cls(action=ActionBody(form=FormBody(schema=dict(started.schema))))
        return cls(
            action=ActionBody(redirect=RedirectBody(url=started.redirect_url.reveal())),
            flow_id=str(started.flow.id),
            expires_at=started.flow.expires_at,
        )


class FlowBody(Body):
    """How far a flow is."""

    flow_id: str
    status: FlowStatus
    expires_at: datetime
    connection_id: str | None = None
    error: str | None = None

    @classmethod
    def of(cls, flow: AuthorizationFlow) -> "FlowBody":
        error = flow.failure.code if flow.failure is not None else None
        return cls(
            flow_id=str(flow.id),
            status=flow.status,
            expires_at=flow.expires_at,
            connection_id=str(flow.connection_id) if flow.status is FlowStatus.CONNECTED else None,
            error=FlowInterrupted.code if flow.status is FlowStatus.INTERRUPTED else error,
        )
