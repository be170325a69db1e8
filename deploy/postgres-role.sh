#!/bin/sh
# Once, when the database is made: the role under which the service connects. No superuser, so that row security holds it.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:?}" --set ON_ERROR_STOP=1 <<'END'
\set password `printenv SWITCHBOARD_ROLE_PASSWORD`
CREATE ROLE switchboard LOGIN PASSWORD :'password';
ALTER DATABASE :"DBNAME" OWNER TO switchboard;
END
