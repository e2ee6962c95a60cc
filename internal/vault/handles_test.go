package vault_test

import (
	"testing"

	"exposure/internal/breach"
)

// TestHandles: one thing has one handle under one key file, two things never share one,
// and a person's is no record's, no row's MAC and no tag.
func TestHandles(t *testing.T) {
	s := newServer(t)
	person, record := s.PersonHandle("M:12"), s.RecordHandle("order/12")
	if person != s.PersonHandle("M:12") || record != s.RecordHandle("order/12") {
		t.Error("a handle is not a function of the name")
	}
	seen := map[breach.Handle]string{}
	add := func(name string, h breach.Handle) {
		t.Helper()
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s are one handle", name, other)
		}
		seen[h] = name
	}
	const shared = "a@example.jp"
	for _, key := range []string{"", "M:1", "M:12", "M:1\x00", shared} {
		add("person "+key, s.PersonHandle(key))
		add("record "+key, s.RecordHandle(key))
		add("row "+key, breach.Handle(s.RowMAC("person", []byte(key))))
		add("code "+key, breach.Handle(s.CodeMAC([]byte(key))))
		add("another installation's "+key, newServer(t).PersonHandle(key))
	}
	add("tag", breach.Handle(s.Tag(address(t, shared))))
}
