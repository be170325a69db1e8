#!/usr/bin/env bash
# The main job with curl: an app, a connection that a person allows in a browser, and a fresh token for it.
#
# Needs curl and python3 (to read JSON), and in the environment:
#   SWITCHBOARD_URL, SWITCHBOARD_ORGANISATION, and SWITCHBOARD_KEY, an API key with the role `owner`;
#   AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, SCOPE: the provider's, and our client there.
# Standard output is the provider's access token, and nothing else.
set -euo pipefail

api="$SWITCHBOARD_URL/v1alpha1/organisations/$SWITCHBOARD_ORGANISATION"

# ask METHOD PATH [< BODY]: the key and the body stay off the command line, where other users of the machine see them.
ask() {
  curl --silent --show-error --fail-with-body --request "$1" \
    --header @<(printf 'Authorization: Bearer %s\n' "$SWITCHBOARD_KEY") \
    --header 'Content-Type: application/json' ${3:+--data-binary @-} "$api/$2"
}

# member NAME…: a member of the JSON on standard input; nothing where it is not there.
member() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1:]:
    value = value.get(name) or {}
print(value or "")' "$@"
}

app=$(ask POST apps body <<EOF
{
  "name": "Example CRM",
  "public": false,
  "server": {"url": "$TOKEN_ENDPOINT"},
  "authConfigs": [{
    "type": "oauth2",
    "data": {
      "authorizationEndpoint": "$AUTHORIZATION_ENDPOINT",
      "tokenEndpoint": "$TOKEN_ENDPOINT",
      "clientId": "$CLIENT_ID",
      "clientSecret": "$CLIENT_SECRET",
      "scopes": {"$SCOPE": "What we ask for"}
    }
  }]
}
EOF
)
echo "Register at the provider: $(member callbackUrl <<<"$app")" >&2

started=$(ask POST connection-init body <<<"{\"appId\": \"$(member id <<<"$app")\", \"authType\": \"oauth2\"}")
echo "Open in a browser: $(member action redirect url <<<"$started")" >&2

while :; do
  flow=$(ask GET "connection-init/$(member flowId <<<"$started")")
  case $(member status <<<"$flow") in
    waiting | started | finishing) sleep 1 ;;
    connected) break ;;
    *) echo "Not connected: $(member error <<<"$flow")" >&2; exit 1 ;;
  esac
done

ask POST "connections/$(member connectionId <<<"$flow")/token" body <<<'{"minimumValidity": 60}' | member access_token
