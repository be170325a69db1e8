# For a person who looks at what `switchboard dev` keeps. `switchboard` stands for the mount's name.
# Reads and lists; writes nothing, and no other mount. Nothing like it belongs into production: it reads every secret.

path "switchboard/*" {
  capabilities = ["read", "list"]
}

# Whether the token is still good.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
