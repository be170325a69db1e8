import re

import pytest

from adapters.vault.policy import service_policy, service_policy_name


def paths(policy: str) -> list[str]:
    return re.findall(r'^path "([^"]*)"', policy, flags=re.MULTILINE)


def test_every_path_is_below_the_mount_but_for_our_own_token() -> None:
    assert paths(service_policy("team/kv"))[-1] == "auth/token/lookup-self"
    assert all(path.startswith("team/kv/") for path in paths(service_policy("team/kv"))[:-1])


def test_nothing_is_allowed_on_sys_and_nothing_may_be_listed() -> None:
    policy = service_policy("switchboard")
    assert not any(path.startswith("sys") for path in paths(policy))
    assert '"list"' not in policy
    assert '"sudo"' not in policy


def test_each_mount_has_a_policy_of_its_own() -> None:
    assert service_policy_name("switchboard") == "switchboard-service"
    assert service_policy_name("team/kv") == "team-kv-service"


@pytest.mark.parametrize("mount", ["", "/kv", "kv/", "kv//x", "*", "+", 'kv" {} path "sys', "kv\n"])
def test_a_mount_that_would_change_what_the_policy_says_is_refused(mount: str) -> None:
    with pytest.raises(ValueError, match="mount"):
        service_policy(mount)
