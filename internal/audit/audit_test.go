package audit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

var at = time.Date(2023, 7, 25, 9, 0, 0, 123_000_000, time.UTC)

func guess() audit.Entry {
	return audit.Entry{
		At: at, Actor: audit.Actor{Kind: audit.Customer, ID: "00ff"}, Action: audit.Guess, Outcome: audit.Refused,
		Purpose: "web", Tag: &breach.Tag{1, 2}, Attempt: [16]byte{3}, Network: [16]byte{4}, Detail: audit.ShortCode,
	}
}

func publish() audit.Entry {
	return audit.Entry{
		At: at, Actor: audit.Actor{Kind: audit.Operator, ID: "hana@office"}, Action: audit.Publish, Outcome: audit.Done,
		Version: 3, Detail: "approved by 伊藤",
	}
}

// entries draws valid entries only.
func entries() *rapid.Generator[audit.Entry] {
	return rapid.Custom(func(t *rapid.T) audit.Entry {
		e := audit.Entry{
			At:      time.UnixMilli(rapid.Int64Range(1, 253402300799999).Draw(t, "at")).UTC(),
			Actor:   audit.Actor{Kind: audit.Operator, ID: rapid.StringMatching(`[a-z花]{1,20}`).Draw(t, "id")},
			Action:  rapid.SampledFrom([]audit.Action{audit.Guess, audit.Disclosure, audit.Import, audit.SessionEnd, audit.Explain}).Draw(t, "action"),
			Outcome: audit.Refused,
			Purpose: rapid.StringMatching(`[a-z_]{1,16}`).Draw(t, "purpose"),
			Tag:     &breach.Tag{rapid.Byte().Draw(t, "tag")},
			Attempt: [16]byte{1, rapid.Byte().Draw(t, "attempt")},
			Network: [16]byte{rapid.Byte().Draw(t, "network")},
			Version: rapid.Int64Range(1, 1<<62).Draw(t, "version"),
			Detail:  rapid.StringMatching(`[a-z0-9 、花]{0,40}`).Draw(t, "detail"),
		}
		if e.Action == audit.SessionEnd && rapid.Bool().Draw(t, "untagged") {
			e.Tag = nil
		}
		return e
	})
}

func TestEncodingIsTheEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := entries().Draw(t, "entry")
		got, err := audit.Decode(e.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestDifferentEntriesDifferentBytes: no field can be read as a part of another one.
func TestDifferentEntriesDifferentBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := entries().Draw(t, "a"), entries().Draw(t, "b")
		if bytes.Equal(a.Encode(), b.Encode()) != cmp.Equal(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
	a, b := publish(), publish()
	a.Actor.ID, b.Actor.ID = "hana", "han"
	b.Detail = "a" + b.Detail
	if bytes.Equal(a.Encode(), b.Encode()) {
		t.Error("a letter moved from one field to another, and the bytes are the same")
	}
}

// TestGolden holds the first format: rows that exist are never written again.
func TestGolden(t *testing.T) {
	want := "\x01" + "\x00\x00\x01\x89\x8c\x40\xc3\xfb" + "\x00\x00\x00\x00\x00\x00\x00\x03" + "\x00" + strings.Repeat("\x00", 32) +
		"\x00\x08operator" + "\x00\x0bhana@office" + "\x00\x07publish" + "\x00\x04done" + "\x00\x00" + "\x00\x12approved by 伊藤"
	e := publish()
	e.At = time.UnixMilli(0x01898c40c3fb)
	if got := string(e.Encode()); got != want {
		t.Errorf("Encode = %q, want %q", got, want)
	}
}

func TestTimeIsKeptInMilliseconds(t *testing.T) {
	e := publish()
	e.At = e.At.Add(456 * time.Microsecond).In(time.FixedZone("JST", 9*3600))
	got, err := audit.Decode(e.Encode())
	if err != nil || !got.At.Equal(at) || got.At.Location() != time.UTC {
		t.Errorf("%v, %v; want %v", got.At, err, at)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := guess().Encode()
	for n := range good {
		if _, err := audit.Decode(good[:n]); !errors.Is(err, audit.ErrInvalid) {
			t.Errorf("cut off after %d bytes: %v, want ErrInvalid", n, err)
		}
	}
	for name, bad := range map[string][]byte{
		"trailing": append(bytes.Clone(good), 0), "format": append([]byte{2}, good[1:]...),
		"tag flag": append(append(bytes.Clone(good[:17]), 2), good[18:]...), "no tag": append(append(bytes.Clone(good[:17]), 0), good[50:]...),
	} {
		if _, err := audit.Decode(bad); !errors.Is(err, audit.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, e := range map[string]audit.Entry{"guess": guess(), "publish": publish()} {
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	const canary = "canary"
	for _, c := range []struct {
		name  string
		entry audit.Entry
		edit  func(*audit.Entry)
	}{
		{"no time", guess(), func(e *audit.Entry) { e.At = time.Time{} }},
		{"time before the epoch", guess(), func(e *audit.Entry) { e.At = time.Unix(-1, 0) }},
		{"unknown actor", guess(), func(e *audit.Entry) { e.Actor.Kind = canary }},
		{"customer by address", guess(), func(e *audit.Entry) { e.Actor.ID = "canary@example.jp" }},
		{"nameless operator", publish(), func(e *audit.Entry) { e.Actor.ID = "" }},
		{"name with a line break", publish(), func(e *audit.Entry) { e.Actor.ID = "hana\ncanary" }},
		{"name too long", publish(), func(e *audit.Entry) { e.Actor.ID = strings.Repeat(canary, 50) }},
		{"misspelt action", guess(), func(e *audit.Entry) { e.Action = "Guess" }},
		{"unknown outcome", guess(), func(e *audit.Entry) { e.Outcome = canary + " " }},
		{"guess that is done", guess(), func(e *audit.Entry) { e.Outcome = audit.Done }},
		{"publication that is accepted", publish(), func(e *audit.Entry) { e.Outcome = audit.Accepted }},
		{"guess without tag", guess(), func(e *audit.Entry) { e.Tag = nil }},
		{"guess without purpose", guess(), func(e *audit.Entry) { e.Purpose = "" }},
		{"guess without attempt", guess(), func(e *audit.Entry) { e.Attempt = [16]byte{} }},
		{"odd purpose", guess(), func(e *audit.Entry) { e.Purpose = "Web canary" }},
		{"disclosure to nobody", guess(), func(e *audit.Entry) { e.Action, e.Outcome, e.Tag = audit.Disclosure, audit.Done, nil }},
		{"publication of nothing", publish(), func(e *audit.Entry) { e.Version = 0 }},
		{"negative version", publish(), func(e *audit.Entry) { e.Version = -1 }},
		{"address in the detail", publish(), func(e *audit.Entry) { e.Detail = "asked by canary@example.jp" }},
		{"wide address in the detail", publish(), func(e *audit.Entry) { e.Detail = "canary＠example.jp" }},
		{"broken UTF-8", publish(), func(e *audit.Entry) { e.Detail = "canary\xff" }},
		{"text that runs backwards", publish(), func(e *audit.Entry) { e.Detail = "canary\u202e" }},
		{"line separator", publish(), func(e *audit.Entry) { e.Detail = "canary\u2028" }},
		{"endless detail", publish(), func(e *audit.Entry) { e.Detail = strings.Repeat(canary, 1000) }},
	} {
		e := c.entry
		c.edit(&e)
		if err := e.Validate(); !errors.Is(err, audit.ErrInvalid) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want ErrInvalid without the content", c.name, err)
		}
	}
}

// TestWhatWeighs: refused short codes and every acceptance, of guesses only.
func TestWhatWeighs(t *testing.T) {
	for _, c := range []struct {
		outcome audit.Outcome
		detail  string
		want    bool
	}{
		{audit.Refused, audit.ShortCode, true}, {audit.Refused, "", true}, {audit.Refused, audit.LongCode, false},
		{audit.Accepted, audit.ShortCode, true}, {audit.Accepted, audit.LongCode, true},
	} {
		e := guess()
		e.Outcome, e.Detail = c.outcome, c.detail
		if e.Weighs() != c.want {
			t.Errorf("%s %q weighs: %v, want %v", c.outcome, c.detail, e.Weighs(), c.want)
		}
	}
	if publish().Weighs() {
		t.Error("a publication weighs")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(guess().Encode())
	f.Add(publish().Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := audit.Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Encode(), b) {
			t.Fatalf("one entry has two forms: %x and %x", b, e.Encode())
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e := guess()
	for b.Loop() {
		if e.Validate() != nil || len(e.Encode()) == 0 {
			b.Fatal("invalid")
		}
	}
}
