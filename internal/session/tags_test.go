package session_test

import (
	"context"
	"testing"

	"exposure/internal/breach"
	"exposure/internal/session"
)

// named is a tag under the one key of these tests.
func named(t breach.Tag) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: "0a0b0c0d", Tag: t})
}

// TestSessionHoldsTheTagsOfAllKeys: whoever proved a mailbox while two keys lived can be
// answered from a version made under either.
func TestSessionHoldsTheTagsOfAllKeys(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		tags := breach.NewTags(breach.KeyedTag{Key: "00000002", Tag: breach.Tag{2}}, breach.KeyedTag{Key: "00000001", Tag: breach.Tag{1}})
		token := w.issue(t, session.Record{Audience: "customer", Tags: tags})
		got, _, err := w.Read(context.Background(), token, "customer")
		if err != nil || got.Tags != tags {
			t.Errorf("%v, %v", got.Tags, err)
		}
		if tag, ok := got.Tags.Of("00000001"); !ok || tag != (breach.Tag{1}) || got.Tags.Newest() != (breach.Tag{2}) || got.Tags.Oldest() != tag {
			t.Errorf("the tags are mixed up: %v", got.Tags)
		}
		if _, ok := got.Tags.Of("00000003"); ok {
			t.Error("a tag of a key that is not there")
		}
	})
}
