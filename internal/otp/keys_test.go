package otp_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	"exposure/internal/otp"
)

// keyed are code keys, newest first.
type keyed []string

func (k keyed) CodeMAC(parts ...[]byte) [32]byte { return k.CodeMACs(parts...)[0] }

func (k keyed) CodeMACs(parts ...[]byte) (all [][32]byte) {
	for _, key := range k {
		h := hmac.New(sha256.New, []byte(key))
		mac := pepper{}.CodeMAC(parts...)
		h.Write(mac[:])
		all = append(all, [32]byte(h.Sum(nil)))
	}
	return all
}

// rotated is a visit whose mails were made before the keys changed.
type rotated struct {
	*visit
	before, after   keyed
	secrets         [][32]byte // newest first
	secretOfTheMail [32]byte
}

func (r rotated) issue(t *testing.T, slot, short, long string, want bool) otp.Issued {
	t.Helper()
	got, err := r.p.w.Issue(context.Background(), otp.Issue{
		Slot: slot, Tag: r.p.tag, Purpose: otp.Web, Nonce: r.nonce, WantLong: want,
		ShortMAC: otp.ShortMAC(r.before, otp.Web, r.nonce, r.secretOfTheMail, short),
		LongMAC:  otp.LongMAC(r.before, otp.Web, r.p.tag, long, someday),
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (r rotated) guess(t *testing.T, keys keyed, digits string, form otp.Form) otp.Verdict {
	t.Helper()
	a := otp.Attempt{ID: random16(), Tag: r.p.tag, Purpose: otp.Web, Nonce: r.nonce, Form: form, Past: r.p.past[otp.Web]}
	a.MACs = otp.ShortMACs(keys, otp.Web, r.nonce, r.secrets, digits)
	if form == otp.Long {
		a.MACs = otp.LongMACs(keys, otp.Web, r.p.tag, digits, someday)
	}
	got, err := r.p.w.Redeem(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	r.p.record(a, got)
	return got
}

func newRotated(w *world) rotated {
	old := random32()
	return rotated{
		visit: w.person().visit(otp.Web), before: keyed{"old"}, after: keyed{"new", "old"},
		secrets: [][32]byte{random32(), old}, secretOfTheMail: old,
	}
}

// TestCodesOutliveTheirKeys: codes mailed under an older key, for a browser whose secret is
// of an older key, are accepted once; every guess is charged once, whatever the number of
// keys; and a key that is gone accepts nothing.
func TestCodesOutliveTheirKeys(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		r := newRotated(w)
		r.issue(t, "1-0", "12345678", "11111111111111111111", false)
		for left := 4; left >= 3; left-- {
			if got := r.guess(t, r.after, "87654321", otp.Short); got.Reason != otp.Wrong || got.AttemptsLeft != left {
				t.Errorf("a wrong code: %+v, want %d tries left", got, left)
			}
		}
		if got := r.guess(t, keyed{"new"}, "12345678", otp.Short); got.Reason != otp.Wrong {
			t.Errorf("the key of the mail is gone: %+v", got)
		}
		if n := len(r.p.past[otp.Web]); n != 3 {
			t.Errorf("%d guesses are charged, want 3", n)
		}
		if got := r.guess(t, r.after, "12345678", otp.Short); !got.Accepted || got.AttemptsLeft != 1 {
			t.Errorf("the mailed code: %+v", got)
		}
		if got := r.guess(t, r.after, "12345678", otp.Short); got.Accepted {
			t.Errorf("the mailed code again: %+v", got)
		}
		w.advance(time.Second)
		again := rotated{visit: r.p.visit(otp.Web), before: r.before, after: r.after, secrets: r.secrets, secretOfTheMail: r.secretOfTheMail}
		if got := again.issue(t, "2-0", "12345678", "22222222222222222222", true); got.Form != otp.Long {
			t.Fatalf("issued %+v, want a long code", got)
		}
		if got := again.guess(t, r.after, "22222222222222222222", otp.Long); !got.Accepted {
			t.Errorf("a long code of an older key: %+v", got)
		}
	})
}

// TestAProofOfAnotherKeyIsNone: a store that claims an acceptance must show the half of one
// of the guess's own MACs.
func TestAProofOfAnotherKeyIsNone(t *testing.T) {
	w, r, client := foreign(t)
	v := newRotated(w)
	v.issue(t, "1-0", "12345678", "11111111111111111111", false)
	a := otp.Attempt{ID: random16(), Tag: v.p.tag, Purpose: otp.Web, Nonce: v.nonce, Form: otp.Short,
		MACs: otp.ShortMACs(v.after, otp.Web, v.nonce, v.secrets, "00000000")}
	for i := range a.MACs {
		mac := a.MACs[i]
		planted(t, client, r.Key(v.p.tag, otp.Web), func(s map[string]any) {
			s["s"].([]any)[0].(map[string]any)["p"] = base64url(mac[:16])
		})
		a.ID = random16()
		if got, err := w.Redeem(context.Background(), a); !errors.Is(err, otp.ErrForged) || got.Accepted {
			t.Errorf("the selector of MAC %d planted: %+v, %v", i, got, err)
		}
		v = newRotated(w)
		v.issue(t, "1-0", "12345678", "11111111111111111111", false)
		a.Tag, a.Nonce = v.p.tag, v.nonce
	}
	if len(a.MACs) != 4 || slices.Contains(a.MACs, [32]byte{}) {
		t.Errorf("%d MACs of two keys and two secrets", len(a.MACs))
	}
}
