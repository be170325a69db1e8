from ipaddress import ip_address

import pytest

from adapters.oauth_http.egress import forbidden_reason, forbidden_url_reason

METADATA = [
    "169.254.169.254",  # AWS, Google, Azure, and most others
    "169.254.170.2",  # AWS ECS
    "168.63.129.16",  # Azure's wire server
    "192.0.0.192",  # Oracle
    "100.100.100.200",  # Alibaba
    "fd00:ec2::254",  # AWS
    "fd20:ce::254",  # Google
    "fd00:42::42",  # Scaleway
    "fe80::a9fe:a9fe",
]
NEVER = [
    *METADATA,
    "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind to
    "0.1.2.3",
    "100.64.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::2",
    "100::1",
    "1fff::1",
    "2001::1",
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
OWN = [
    "10.0.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "::1",
    "fc00::1",
    "fdff:ffff::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("insecure", [True, False])
@pytest.mark.parametrize("address", NEVER)
def test_metadata_services_and_special_purpose_addresses_are_never_allowed(address: str, *, insecure: bool) -> None:
    assert forbidden_reason(ip_address(address), insecure=insecure) is not None


@pytest.mark.parametrize("address", OWN)
def test_loopback_and_private_addresses_are_for_development_alone(address: str) -> None:
    assert forbidden_reason(ip_address(address), insecure=False) is not None
    assert forbidden_reason(ip_address(address), insecure=True) is None


@pytest.mark.parametrize("insecure", [True, False])
@pytest.mark.parametrize("address", PUBLIC)
def test_global_unicast_addresses_are_allowed(address: str, *, insecure: bool) -> None:
    assert forbidden_reason(ip_address(address), insecure=insecure) is None


@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::"])
@pytest.mark.parametrize("address", [address for address in NEVER + OWN + PUBLIC if ":" not in address])
def test_a_mapped_or_nat64_address_is_judged_as_the_ipv4_address_in_it(address: str, prefix: str) -> None:
    wrapped, bare = ip_address(prefix + address), ip_address(address)
    for insecure in (True, False):
        assert forbidden_reason(wrapped, insecure=insecure) == forbidden_reason(bare, insecure=insecure)


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1",  # IPv4-compatible
        "::169.254.169.254",
        "::8.8.8.8",
        "::ffff:0:169.254.169.254",  # IPv4-translated
        "64:ff9b:1::169.254.169.254",  # NAT64 of a network's own, its prefix of 96 bits
        "64:ff9b:1:a9fe:a9:fe00::",  # … of 48 bits
        "64:ff9b:1::8.8.8.8",
        "2002:a9fe:a9fe::1",  # 6to4
        "2002:7f00:1::1",
        "2002:808:808::1",
        "2001:0:808:808::5601:5601",  # Teredo, of 169.254.169.254
    ],
)
def test_tunnels_and_translators_whose_way_is_uncertain_are_never_allowed(address: str) -> None:
    for insecure in (True, False):
        assert forbidden_reason(ip_address(address), insecure=insecure) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://provider.example",
        "https://provider.example:443/token?a=b",
        "https://provider.example:8443/token",
        "https://1.1.1.1/token",
        "https://[2606:4700::1111]:8443/token",
        "HTTPS://PROVIDER.EXAMPLE/token",
    ],
)
def test_https_urls_are_allowed(url: str) -> None:
    assert forbidden_url_reason(url, insecure=False) is None
    assert forbidden_url_reason(url, insecure=True) is None


@pytest.mark.parametrize("url", ["http://localhost:8080/token", "http://provider.example:80/token"])
def test_plain_http_is_for_development_alone(url: str) -> None:
    assert forbidden_url_reason(url, insecure=False) is not None
    assert forbidden_url_reason(url, insecure=True) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/token",
        "//provider.example/token",
        "provider.example/token",
        "ftp://provider.example/",
        "file:///etc/passwd",
        "unix:///run/docker.sock",
        "gopher://provider.example/",
        "https:/provider.example/",
        "https:///token",
        "https://:8443/token",
        "https://user@provider.example/",
        "https://user:password@provider.example/",
        "https://@provider.example/",
        "https://provider.example@127.0.0.1/",
        "https://provider.example/#",
        "https://provider.example/#fragment",
        "https://[fe80::1%25eth0]/",
        "https://provider.example%00.evil.example/",
        "https://provider.example:0/",
        "https://provider.example:22/",
        "https://provider.example:25/",
        "https://provider.example:65536/",
        "https://provider.example:-1/",
        "https://provider.example:x/",
        "https://[::1/",
        "https:\\\\provider.example\\",
        "https://evil.example\\@provider.example/",
        "https://provider.example/a b",
        "https://provider.example/\r\nHost: evil.example",
        "ht\ttps://provider.example/",
        "https://pr\u00f6vider.example/",
    ],
)
def test_other_urls_are_never_allowed(url: str) -> None:
    for insecure in (True, False):
        assert forbidden_url_reason(url, insecure=insecure) is not None
