package vault_test

import (
	"fmt"
	"testing"
)

// TestMACsAreFramed: no two different lists of parts give one MAC, and no two uses do.
func TestMACsAreFramed(t *testing.T) {
	s := newServer(t)
	lists := [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"", "ab"}, {"ab", ""}, {"b", "a"}, {"\x00\x00\x00\x00\x00\x00\x00\x01a"}}
	seen := map[[32]byte]string{}
	add := func(name string, mac [32]byte) {
		if other, ok := seen[mac]; ok {
			t.Errorf("%s and %s are one MAC", name, other)
		}
		seen[mac] = name
	}
	for _, list := range lists {
		var parts [][]byte
		for _, p := range list {
			parts = append(parts, []byte(p))
		}
		add(fmt.Sprintf("code %q", list), s.CodeMAC(parts...))
		for _, label := range []string{"", "a", "row"} {
			add(fmt.Sprintf("%s %q", label, list), s.RowMAC(label, parts...))
		}
		if len(parts) == 1 {
			for _, label := range []string{"", "a", "row"} {
				add(fmt.Sprintf("secret %s %q", label, list), s.DeriveSecret(label, parts[0]))
			}
		}
	}
	add("key check", s.KeyCheck())
	add("tag", s.Tag(address(t, "a@example.jp")))
	add("letter", s.LetterTags("12345678901234").Newest())
	for v := range int64(5) {
		add("sentinel", s.SentinelTag(v))
	}
	once, again := s.RowMAC("row", []byte("x")), s.RowMAC("row", []byte("x"))
	if once != again || once == newServer(t).RowMAC("row", []byte("x")) {
		t.Error("a MAC is not a function of the keys")
	}
}

func TestTagFollowsTheFoldedAddress(t *testing.T) {
	s := newServer(t)
	if s.Tag(address(t, "Foo@Example.JP")) != s.Tag(address(t, "<ｆｏｏ＠example.jp>")) {
		t.Error("two spellings of one address have two tags")
	}
	if s.Tag(address(t, "foo@example.jp")) == s.Tag(address(t, "fooo@example.jp")) {
		t.Error("two addresses share a tag")
	}
}
