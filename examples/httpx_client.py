"""The main job with httpx: an app, a connection that a person allows in a browser, and a fresh token for it.

In the environment: SWITCHBOARD_URL, SWITCHBOARD_ORGANISATION, and SWITCHBOARD_KEY, an API key with the role ``owner``;
AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, SCOPE: the provider's, and our client there.
Standard output is the provider's access token, and nothing else.
"""

import os
import sys
import time
from typing import Any

import httpx

POLL_SECONDS = 1


def main() -> None:
    """Connect, and print a token."""
    with httpx.Client(
        base_url=f"{os.environ['SWITCHBOARD_URL']}/v1alpha1/organisations/{os.environ['SWITCHBOARD_ORGANISATION']}/",
        headers={"Authorization": f"Bearer {os.environ['SWITCHBOARD_KEY']}"},
    ) as organisation:
        app = create_app(organisation)
        tell(f"Register at the provider: {app['callbackUrl']}")
        started = answered(organisation.post("connection-init", json={"appId": app["id"], "authType": "oauth2"}))
        tell(f"Open in a browser: {started['action']['redirect']['url']}")
        connection_id = wait_for_connection(organisation, started["flowId"])
        token = answered(organisation.post(f"connections/{connection_id}/token", json={"minimumValidity": 60}))
    sys.stdout.write(token["access_token"] + "\n")


def create_app(organisation: httpx.Client) -> dict[str, Any]:
    """The provider as an app: its client secret goes into Vault, and never comes back."""
    data = {
        "authorizationEndpoint": os.environ["AUTHORIZATION_ENDPOINT"],
        "tokenEndpoint": os.environ["TOKEN_ENDPOINT"],
        "clientId": os.environ["CLIENT_ID"],
        "clientSecret": os.environ["CLIENT_SECRET"],
        "scopes": {os.environ["SCOPE"]: "What we ask for"},
    }
    body = {
        "name": "Example CRM",
        "public": False,
        "server": {"url": os.environ["TOKEN_ENDPOINT"]},
        "authConfigs": [{"type": "oauth2", "data": data}],
    }
    return answered(organisation.post("apps", json=body))


def wait_for_connection(organisation: httpx.Client, flow_id: str) -> str:
    """The connection's id, when the person has allowed it. Ends the program when there will be none."""
    while True:
        flow = answered(organisation.get(f"connection-init/{flow_id}"))
        if flow["status"] == "connected":
            return str(flow["connectionId"])
        if flow["status"] not in {"waiting", "started", "finishing"}:
            sys.exit(f"Not connected: {flow.get('error', flow['status'])}")
        time.sleep(POLL_SECONDS)


def answered(response: httpx.Response) -> dict[str, Any]:
    """The body; what was refused ends the program, with the words of the refusal."""
    body: dict[str, Any] = response.json()
    if response.is_error:
        sys.exit(f"{body['code']}: {body['message']} (request {body['extensions']['requestId']})")
    return body


def tell(words: str) -> None:
    """For the person; the token alone is on standard output."""
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    main()
