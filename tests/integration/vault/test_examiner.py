from datetime import timedelta

import attrs
import pytest

from adapters.system.clock import SystemClock
from adapters.vault.examiner import VaultExaminer
from adapters.vault.login import GivenToken
from domain.examination import Finding, State
from domain.secret import Secret
from tests.contract.stores import StandingClock
from tests.support.vault import VaultMount


def examiner(vault: VaultMount, token: Secret | None = None) -> VaultExaminer:
    client = vault.client(GivenToken(token or vault.service_token))
    return VaultExaminer(client, SystemClock(), mount=vault.mount, transit_mount=vault.transit_mount)


def by_state(findings: list[Finding], state: State) -> set[str]:
    return {finding.about for finding in findings if finding.state is state}


async def test_all_is_well_under_the_services_own_policy_and_nothing_is_left_behind(vault: VaultMount) -> None:
    findings = await examiner(vault).examine()
    assert by_state(findings, State.OK) == {finding.about for finding in findings}
    assert len(findings) == 7
    status, _ = await vault.as_root("LIST", f"{vault.mount}/metadata/_doctor")
    assert status == 404


async def test_a_root_token_is_told_of(vault: VaultMount) -> None:
    assert by_state(await examiner(vault, vault.root_token).examine(), State.ADVICE) == {"vault: token"}


@pytest.mark.parametrize(
    ("lacks", "found"),
    [
        ("data/+/apps/+", {"vault: apps"}),
        ("metadata/+/credentials/+", {"vault: credentials"}),
        ("data/_probe/+", {"vault: probe"}),
    ],
)
async def test_what_the_policy_does_not_allow_is_found_by_trying_it(
    lacks: str, found: set[str], vault: VaultMount
) -> None:
    _, policy = await vault.as_root("GET", f"sys/policies/acl/{vault.mount}-service")
    less = str(policy["data"]["policy"]).replace(f'path "{vault.mount}/{lacks}"', f'path "{vault.mount}/nowhere"', 1)
    await vault.as_root("PUT", f"sys/policies/acl/{vault.mount}-service", {"policy": less})
    findings = await examiner(vault).examine()
    assert by_state(findings, State.WRONG) == found
    assert all("vault bootstrap" in finding.words for finding in findings if finding.state is State.WRONG)


async def test_a_mount_that_keeps_old_versions_is_wrong(vault: VaultMount) -> None:
    await vault.as_root("POST", f"{vault.mount}/config", {"max_versions": 10, "cas_required": True})
    assert by_state(await examiner(vault).examine(), State.WRONG) == {"vault"}


async def test_a_refused_token_is_wrong(vault: VaultMount) -> None:
    assert by_state(await examiner(vault, Secret("no-such-token")).examine(), State.WRONG) == {"vault"}


async def test_a_vault_that_is_away_is_unreachable(vault: VaultMount) -> None:
    away = attrs.evolve(vault, address="http://127.0.0.1:9")
    [finding] = await examiner(away).examine()
    assert (finding.about, finding.state) == ("vault", State.UNREACHABLE)


async def test_a_clock_that_is_wrong_is_found(vault: VaultMount) -> None:
    clock = StandingClock()
    await clock.passes(timedelta(minutes=5))
    findings = await attrs.evolve(examiner(vault), clock=clock).examine()
    assert by_state(findings, State.WRONG) == {"vault: clock"}
