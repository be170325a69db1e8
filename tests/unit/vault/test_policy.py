import re

import pytest

from adapters.vault.policy import Policy, policy_name, policy_text


def paths(policy: str) -> list[str]:
    return re.findall(r'^path "([^"]*)"', policy, flags=re.MULTILINE)


@pytest.mark.parametrize("policy", Policy)
def test_every_path_is_below_the_mounts_but_for_our_own_token(policy: Policy) -> None:
    text = policy_text(policy, "team/kv", transit_mount="team/transit")
    elsewhere = [path for path in paths(text) if not path.startswith(("team/kv/", "team/transit/"))]
    assert set(elsewhere) <= {"auth/token/lookup-self", "auth/token/renew-self"}


def test_nothing_is_allowed_on_sys_and_nothing_may_be_listed() -> None:
    policy = policy_text(Policy.SERVICE, "switchboard", transit_mount="switchboard-transit")
    assert not any(path.startswith("sys") for path in paths(policy))
    assert '"list"' not in policy
    assert '"sudo"' not in policy


def test_each_mount_has_policies_of_its_own() -> None:
    assert policy_name(Policy.SERVICE, "switchboard") == "switchboard-service"
    assert policy_name(Policy.INSPECTOR, "team/kv") == "team-kv-inspector"


@pytest.mark.parametrize("mount", ["", "/kv", "kv/", "kv//x", "*", "+", 'kv" {} path "sys', "kv\n"])
def test_a_mount_that_would_change_what_the_policy_says_is_refused(mount: str) -> None:
    with pytest.raises(ValueError, match="mount"):
        policy_text(Policy.SERVICE, mount, transit_mount="switchboard-transit")
    with pytest.raises(ValueError, match="mount"):
        policy_text(Policy.SERVICE, "switchboard", transit_mount=mount)


def test_no_policy_reaches_the_transit_mount_by_what_it_says_of_the_other() -> None:
    inspector = policy_text(Policy.INSPECTOR, "switchboard", transit_mount="switchboard-transit")
    assert not any(
        path.startswith(("switchboard-transit", "switchboard*", "switchboard+")) for path in paths(inspector)
    )
    service = policy_text(Policy.SERVICE, "switchboard", transit_mount="switchboard-transit")
    assert [path for path in paths(service) if path.startswith("switchboard-transit")] == [
        "switchboard-transit/keys/sealed-grants",
        "switchboard-transit/decrypt/sealed-grants",
    ]
