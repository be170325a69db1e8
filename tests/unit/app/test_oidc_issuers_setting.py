"""``SWITCHBOARD_OIDC_ISSUERS``: what is wrong in it stops the start, named and never passed over (GHSA-8fpg)."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.settings import SettingsError, load
from domain.access import Role
from domain.ids import OrganisationId
from domain.jwt import Algorithm

RIGHT: dict[str, Any] = {
    "issuer": "https://issuer.example",
    "audience": "switchboard",
    "algorithms": ["RS256"],
    "organisation": "acme",
    "roles": "viewer",
}


def loaded(issuers: object, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SWITCHBOARD_OIDC_ISSUERS", issuers if isinstance(issuers, str) else json.dumps(issuers))
    return load({}).settings.oidc_issuers


def test_without_the_setting_there_are_none() -> None:
    assert load({}).settings.oidc_issuers == ()


def test_a_list_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {"organisation_claim": "org", "roles_claim": ["realm", "roles"], "role_names": {"boss": "owner"}}
    other = {name: value for name, value in RIGHT.items() if name not in {"organisation", "roles"}} | claims
    first, second = loaded([RIGHT, other | {"issuer": "http://127.0.0.1:8200/v1/identity/oidc"}], monkeypatch)
    assert (first.organisation, first.roles) == (OrganisationId("acme"), frozenset({Role.VIEWER}))
    assert (first.algorithms, first.audiences) == (frozenset({Algorithm.RS256}), frozenset({"switchboard"}))
    assert (second.organisation, second.roles) == (("org",), ("realm", "roles"))
    assert second.role_names == {"boss": Role.OWNER}


def test_a_file_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "issuers.json"
    path.write_text(json.dumps([RIGHT]))
    assert [issuer.issuer for issuer in loaded(str(path), monkeypatch)] == ["https://issuer.example"]


def test_tables_in_the_file(tmp_path: Path) -> None:
    members = "\n".join(f"{name} = {json.dumps(value)}" for name, value in RIGHT.items())
    (tmp_path / "switchboard.toml").write_text(f"[[oidc_issuers]]\n{members}\n")
    settings = load({}, config=tmp_path / "switchboard.toml").settings
    assert str(settings.oidc_issuers) == "https://issuer.example"


WRONG: list[tuple[object, str]] = [
    ("[", "no JSON"),
    ("[" * 100_000, "no JSON"),
    ("/no/such/file", "file"),
    ("{}", "file"),
    ([7], "[0]"),
    ([[]], "[0]"),
    ([RIGHT, RIGHT], "twice"),
]
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"isuer": "x"}, "isuer"),
    ({"issuer": "http://issuer.example"}, "issuer"),
    ({"issuer": "issuer.example"}, "issuer"),
    ({"issuer": "https://issuer.example?x=1"}, "issuer"),
    ({"issuer": "https://u@issuer.example"}, "issuer"),
    ({"issuer": 7}, "issuer"),
    ({"jwks_uri": "http://issuer.example/keys"}, "jwks_uri"),
    ({"audience": ""}, "audience"),
    ({"audience": []}, "audience"),
    ({"audience": [7]}, "audience"),
    ({"algorithms": []}, "algorithms"),
    ({"algorithms": ["none"]}, "algorithms"),
    ({"algorithms": ["RS256", "HS256"]}, "algorithms"),
    ({"organisation": "_x"}, "organisation"),
    ({"organisation_claim": "org"}, "organisation"),
    ({"roles": ["admin"]}, "roles"),
    ({"roles": ["platform-admin"]}, "roles"),
    ({"roles_claim": "roles"}, "roles"),
    ({"role_names": {"x": "platform-admin"}}, "role_names"),
    ({"role_names": {}}, "role_names"),
    ({"only_claim": None}, "only_claim"),
    ({"required_claims": {"sub": "x"}}, "required_claims"),
    ({"required_claims": [{"claim": "sub"}]}, "required_claims"),
    ({"required_claims": [{"claim": "sub", "value": 7}]}, "required_claims"),
]
WRONG += [([RIGHT | changes], named) for changes, named in CHANGES]
WRONG += [([{name: value for name, value in RIGHT.items() if name != missing}], missing) for missing in RIGHT]


@pytest.mark.parametrize(("issuers", "named"), WRONG)
def test_what_is_wrong_stops_the_start(issuers: object, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(issuers, monkeypatch)
    assert "SWITCHBOARD_OIDC_ISSUERS" in str(caught.value)
    assert named in str(caught.value)
