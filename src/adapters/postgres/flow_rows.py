"""A flow as a row: its secrets go in sealed (``flow_secrets``), and come out for whoever brings what opens them."""

from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.documents import client_document, mapping, pairs, read_client
from adapters.postgres.flow_secrets import seal_state, seal_verifier
from adapters.postgres.pool import Row
from domain.auth_configs import AuthType
from domain.flows import AuthorizationFlow, FlowFailure, FlowStatus
from domain.ids import AppId, AttemptId, CallbackId, ConnectionId, CredentialId, FlowId, OrganisationId
from domain.secret import Secret


def new_flow_parameters(flow: AuthorizationFlow) -> dict[str, Any]:
    """Raises ValueError for a flow without ``state``, which nobody could ever find."""
    if flow.state is None:
        raise ValueError("a new flow has a state")
    state, ticket, verifier = flow.state, flow.ticket, flow.code_verifier
    return {
        "id": flow.id,
        "organisation_id": flow.organisation_id,
        "organisation_name": flow.organisation_name,
        "app_id": flow.app_id,
        "app_organisation_id": flow.app_organisation_id,
        "app_name": flow.app_name,
        "auth_type": flow.auth_type,
        "name": flow.name,
        "principal_id": flow.principal_id,
        "principal_name": flow.principal_name,
        "relay": flow.relay,
        "callback_id": flow.callback_id,
        "redirect_uri": flow.redirect_uri,
        "client": Jsonb(client_document(flow.client)),
        "scopes": list(flow.scopes),
        "additional_parameters": Jsonb(pairs(flow.additional_parameters)),
        "return_url": flow.return_url,
        "connection_id": flow.connection_id,
        "credential_id": flow.credential_id,
        "reauthorises": flow.reauthorises,
        "allow_account_change": flow.allow_account_change,
        "state_hash": state.fingerprint(),
        "ticket_hash": None if ticket is None else ticket.fingerprint(),
        "sealed_state": None if ticket is None else seal_state(state, ticket=ticket, flow_id=flow.id),
        "sealed_verifier": None if verifier is None else seal_verifier(verifier, state=state, flow_id=flow.id),
        "status": flow.status,
        "browser_fingerprint": flow.browser_fingerprint,
    }


def read_flow(
    row: Row, *, state: Secret | None = None, ticket: Secret | None = None, code_verifier: Secret | None = None
) -> AuthorizationFlow:
    """The flow with the secrets that its reader brought or could open."""
    return AuthorizationFlow(
        id=FlowId(row["id"]),
        organisation_id=OrganisationId(row["organisation_id"]),
        organisation_name=row["organisation_name"],
        app_id=AppId(row["app_id"]),
        app_organisation_id=OrganisationId(row["app_organisation_id"] or row["organisation_id"]),
        app_name=row["app_name"],
        auth_type=AuthType(row["auth_type"]),
        name=row["name"],
        principal_id=row["principal_id"],
        principal_name=row["principal_name"],
        relay=row["relay"],
        callback_id=CallbackId(row["callback_id"]),
        redirect_uri=row["redirect_uri"],
        client=read_client(row["client"]),
        scopes=tuple(row["scopes"]),
        additional_parameters=mapping(row["additional_parameters"]),
        return_url=row["return_url"],
        connection_id=ConnectionId(row["connection_id"]),
        credential_id=CredentialId(row["credential_id"]),
        reauthorises=row["reauthorises"],
        allow_account_change=row["allow_account_change"],
        state=state,
        ticket=ticket,
        code_verifier=code_verifier,
        status=FlowStatus.LAPSED if row["lapsed"] else FlowStatus(row["status"]),
        browser_fingerprint=row["browser_fingerprint"],
        answer_fingerprint=row["answer_fingerprint"],
        attempt=None if row["attempt"] is None else AttemptId(row["attempt"]),
        failure=_failure(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        overdue=row["overdue"],
    )


def _failure(row: Row) -> FlowFailure | None:
    if row["failure_code"] is None:
        return None
    return FlowFailure(
        code=row["failure_code"],
        message=row["failure_message"],
        error=row["failure_error"],
        description=row["failure_description"],
    )
