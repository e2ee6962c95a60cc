package vault_test

import (
	"exposure/internal/breach"
	"exposure/internal/vault"
)

// named is a tag under the newest key of a file.
func named(s *vault.Server, t breach.Tag) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: s.TagKeyID(), Tag: t})
}
