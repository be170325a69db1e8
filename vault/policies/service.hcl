# What the service may do, and nobody else needs to. `switchboard` and `switchboard-transit` stand for the mounts' names.
# Nothing on sys/*, no list, no other mount; proven by tests/integration/vault/test_policy.py.

# Secrets, by organisation. There is one version of each, so that reading one is reading what is current.
path "switchboard/data/+/apps/+" {
  capabilities = ["create", "read", "update"]
}

path "switchboard/data/+/credentials/+" {
  capabilities = ["create", "read", "update"]
}

# Deleting a secret is deleting its metadata: all versions go, and nothing is left to undelete.
path "switchboard/metadata/+/apps/+" {
  capabilities = ["delete"]
}

path "switchboard/metadata/+/credentials/+" {
  capabilities = ["delete"]
}

# The proof that Vault takes writes, which is written before a code or a refresh token is spent.
path "switchboard/data/_probe/+" {
  capabilities = ["create", "read", "update"]
}

# That old versions are not kept.
path "switchboard/config" {
  capabilities = ["read"]
}

# That our own token is still good; without the policy `default` a token may not even ask that.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

# That it stays so.
path "auth/token/renew-self" {
  capabilities = ["update"]
}

# What tokens are sealed to while Vault does not take them, and how they are opened: nothing else is done with the key.
path "switchboard-transit/keys/sealed-grants" {
  capabilities = ["read"]
}

path "switchboard-transit/decrypt/sealed-grants" {
  capabilities = ["update"]
}
