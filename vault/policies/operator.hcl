# For whoever runs `switchboard doctor --reconcile`, with --apply or without. `switchboard` stands for the mount's name.
# Sees which secrets there are and since when, and destroys them; no path of it leads to what a secret is.

path "switchboard/metadata" {
  capabilities = ["list"]
}

path "switchboard/metadata/*" {
  capabilities = ["list"]
}

path "switchboard/metadata/+/apps/+" {
  capabilities = ["list", "read", "delete"]
}

path "switchboard/metadata/+/credentials/+" {
  capabilities = ["list", "read", "delete"]
}
