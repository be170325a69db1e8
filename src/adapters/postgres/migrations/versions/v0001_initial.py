"""Organisations, API keys, apps, flows, connections, and credentials' records.

Foreign keys carry the organisation along, so that no row can belong to another organisation than what it refers to.
What is a hash is checked to look like one: the secret itself cannot end up there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TYPES = """
CREATE DOMAIN ulid AS text COLLATE "C" CHECK (VALUE ~ '^[0-7][0-9A-HJKMNP-TV-Z]{25}$');
CREATE DOMAIN sha256_hex AS text COLLATE "C" CHECK (VALUE ~ '^[0-9a-f]{64}$');
"""

_ORGANISATIONS = """
CREATE TABLE organisations (
    id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    name text NOT NULL,
    created_at timestamptz NOT NULL
);
"""

_API_KEYS = """
CREATE TABLE api_keys (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" REFERENCES organisations,
    name text NOT NULL,
    roles text[] NOT NULL
        CHECK (roles <@ '{viewer,connector,issuer,editor,owner,platform-admin}' AND cardinality(roles) > 0),
    prefix text NOT NULL,
    fingerprint sha256_hex NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX api_keys_of_platform_admins ON api_keys (expires_at) WHERE roles @> '{platform-admin}';
"""

_APPS = """
CREATE TABLE apps (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL REFERENCES organisations,
    callback_id ulid NOT NULL UNIQUE,
    name text NOT NULL,
    server_name text NOT NULL,
    server_url text NOT NULL,
    configs jsonb NOT NULL,
    image_url text,
    relay_callback_url text,
    relay_callback_key text COLLATE "C" UNIQUE,
    return_urls text[] NOT NULL,
    foreign_members json NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (organisation_id, id),
    CHECK ((relay_callback_url IS NULL) = (relay_callback_key IS NULL))
);
"""

# A lapsed flow is a waiting or started one that is past its time: no status, for nobody has to come by to set it.
_FLOWS = """
CREATE TABLE flows (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL,
    organisation_name text NOT NULL,
    app_id ulid NOT NULL,
    app_name text NOT NULL,
    auth_type text NOT NULL CHECK (auth_type IN ('oauth2', 'oidc')),
    name text NOT NULL,
    principal_id text NOT NULL,
    principal_name text NOT NULL,
    relay boolean NOT NULL,
    callback_id ulid NOT NULL,
    redirect_uri text NOT NULL,
    client jsonb NOT NULL,
    scopes text[] NOT NULL,
    additional_parameters jsonb NOT NULL,
    return_url text,
    connection_id ulid NOT NULL UNIQUE,
    credential_id ulid NOT NULL UNIQUE,
    state_hash sha256_hex NOT NULL UNIQUE,
    ticket_hash sha256_hex UNIQUE,
    sealed_state bytea,
    sealed_verifier bytea,
    status text NOT NULL CHECK (status IN ('waiting', 'started', 'finishing', 'connected', 'failed', 'interrupted')),
    browser_fingerprint sha256_hex,
    answer_fingerprint sha256_hex,
    attempt ulid,
    failure_code text,
    failure_message text,
    failure_error text,
    failure_description text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    overdue_at timestamptz,
    ended_at timestamptz,
    FOREIGN KEY (organisation_id, app_id) REFERENCES apps (organisation_id, id),
    CHECK ((sealed_state IS NULL) = (ticket_hash IS NULL)),
    CONSTRAINT claimed_with_attempt_and_deadline CHECK (
        (status IN ('waiting', 'started')) = (attempt IS NULL)
        AND (attempt IS NULL) = (answer_fingerprint IS NULL)
        AND (attempt IS NULL) = (overdue_at IS NULL)
    ),
    CONSTRAINT claimed_without_verifier CHECK (sealed_verifier IS NULL OR status IN ('waiting', 'started')),
    CONSTRAINT ended_at_its_end CHECK ((status IN ('connected', 'failed', 'interrupted')) = (ended_at IS NOT NULL)),
    CONSTRAINT failed_with_failure CHECK (
        (status = 'failed') = (failure_code IS NOT NULL) AND (status = 'failed') = (failure_message IS NOT NULL)
    )
);
CREATE INDEX flows_of_browser ON flows (browser_fingerprint) WHERE browser_fingerprint IS NOT NULL;
"""

_CONNECTIONS = """
CREATE TABLE connections (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL,
    app_id ulid NOT NULL,
    name text NOT NULL,
    auth_type text NOT NULL CHECK (auth_type IN ('oauth2', 'oidc')),
    credential_id ulid NOT NULL,
    client jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'needs_reauthorization')),
    status_reason text,
    scopes text[] NOT NULL,
    token_expires_at timestamptz,
    last_refreshed_at timestamptz,
    secret_version bigint NOT NULL CHECK (secret_version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (organisation_id, id),
    FOREIGN KEY (organisation_id, app_id) REFERENCES apps (organisation_id, id)
);
CREATE INDEX connections_of_app ON connections (organisation_id, app_id, id);
"""

_CREDENTIALS = """
CREATE TABLE credentials (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL,
    connection_id ulid NOT NULL,
    name text NOT NULL,
    type text NOT NULL CHECK (type IN ('Raw', 'OAuth2Refresh')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (organisation_id, id),
    FOREIGN KEY (organisation_id, connection_id) REFERENCES connections (organisation_id, id)
);
CREATE INDEX credentials_of_connection ON credentials (organisation_id, connection_id);
ALTER TABLE connections ADD FOREIGN KEY (organisation_id, credential_id) REFERENCES credentials (organisation_id, id)
    DEFERRABLE INITIALLY DEFERRED;
"""


def upgrade() -> None:
    for statements in (_TYPES, _ORGANISATIONS, _API_KEYS, _APPS, _FLOWS, _CONNECTIONS, _CREDENTIALS):
        for statement in filter(str.strip, statements.split(";")):
            # Not as text, in which Alembic takes `:name` for a parameter.
            op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
