package sqlstore_test

import (
	"bytes"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/vault"
)

// firstKey is the id of the tag key of every key file that newKeys makes.
const firstKey = "0123abcd"

// nameOf is tagOf under the first key.
func nameOf(n int) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: firstKey, Tag: tagOf(n)})
}

// named gives the tag key of a key file an id that tests know.
func named(t testing.TB, file []byte) []byte {
	t.Helper()
	keys, err := vault.Files{Server: file}.Keys()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(file, []byte(keys[0].ID), []byte(firstKey))
}
