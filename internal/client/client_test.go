package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"exposure/internal/client"
)

var at = time.Date(2023, 7, 25, 9, 0, 0, 0, time.UTC)

func TestKeysHaveOneForm(t *testing.T) {
	text, k := client.NewKey(at)
	if hash, ok := client.HashKey(text); !ok || hash != k.Hash || len(k.ID()) != 8 || len(text) != 47 {
		t.Fatalf("a new key: %d characters, ok %v", len(text), ok)
	}
	last := text[len(text)-1:]
	spare := text[:len(text)-1] + string(rune(last[0]+1)) // the last character has two bits to spare
	for name, wrong := range map[string]string{
		"empty": "", "prefix": "exk_", "no prefix": text[4:], "upper prefix": "EXK_" + text[4:], "short": text[:46], "long": text + "A",
		"padded": text + "=", "newline": text[:20] + "\n" + text[20:], "newline for a character": text[:20] + "\n" + text[21:], "standard alphabet": text[:20] + "+" + text[21:],
		"space": " " + text, "spare bits": spare,
	} {
		if _, ok := client.HashKey(wrong); ok {
			t.Errorf("%s: %q passes for a key", name, strings.ReplaceAll(wrong, text[4:], "…"))
		}
	}
	if other, k2 := client.NewKey(at); other == text || k2.Hash == k.Hash {
		t.Error("two keys are one")
	}
}

func TestScopes(t *testing.T) {
	for list, want := range map[string]string{
		"gate": "gate", "list,gate": "gate,list", "complete,gate,list": "gate,complete,list",
		"": "", "gate,": "", "gate,gate": "", "Gate": "", "gate, list": "", "all": "", "gate;list": "",
	} {
		got, err := client.ParseScopes(list)
		if client.FormatScopes(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
}

func TestNames(t *testing.T) {
	_, k := client.NewKey(at)
	for name, good := range map[string]bool{
		"kit": true, "a": true, "shop-1": true, strings.Repeat("a", 40): true,
		"": false, "1a": false, "-a": false, "Kit": false, "a b": false, "a@b": false, "a\n": false, "店": false, strings.Repeat("a", 41): false,
	} {
		if _, err := client.New(name, []client.Scope{client.Gate}, k); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := client.New("kit", nil, k); !errors.Is(err, client.ErrScopes) {
		t.Errorf("without scopes: %v", err)
	}
}

func TestLivesOfAClient(t *testing.T) {
	_, a := client.NewKey(at)
	_, b := client.NewKey(at)
	_, c := client.NewKey(at)
	kit, err := client.New("kit", client.Scopes(), a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := kit.Rotate(b)
	if err != nil || len(two.Keys) != 2 || len(kit.Keys) != 1 {
		t.Fatalf("rotated: %v, %v", two, err)
	}
	if _, err := two.Rotate(c); !errors.Is(err, client.ErrTwoKeys) {
		t.Errorf("a third key: %v", err)
	}
	if one, err := two.Revoke(a.ID()); err != nil || len(one.Keys) != 1 || one.Keys[0].Hash != b.Hash || len(two.Keys) != 2 {
		t.Errorf("revoked one: %v, %v", one, err)
	}
	if _, err := two.Revoke("ffffffff"); !errors.Is(err, client.ErrNoKey) {
		t.Errorf("revoked none: %v", err)
	}
	shut, err := two.Suspend(at)
	if err != nil || !two.Suspended.IsZero() {
		t.Fatal(shut, err)
	}
	if again, err := shut.Suspend(at.Add(time.Hour)); err != nil || !again.Suspended.Equal(at) {
		t.Errorf("suspended twice: %v, %v", again, err)
	}
	if back, err := shut.Rotate(c); err != nil || len(back.Keys) != 1 || back.Keys[0].Hash != c.Hash || !back.Suspended.IsZero() {
		t.Errorf("a suspended client's new key: %v, %v", back, err)
	}
	over, err := shut.Revoke("")
	if err != nil || !over.Revoked() || over.String() != "client kit: revoked" {
		t.Errorf("revoked: %v, %v", over, err)
	}
	for name, err := range map[string]error{
		"rotate": second(over.Rotate(c)), "revoke": second(over.Revoke("")), "suspend": second(over.Suspend(at)),
	} {
		if !errors.Is(err, client.ErrUnknown) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
}

func second(_ client.Client, err error) error { return err }
