package otp_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"exposure/internal/breach"
	"exposure/internal/otp"
)

// person is an address with what its owner and the audit table know.
type person struct {
	w       *world
	tag     breach.Tag
	past    map[otp.Purpose][]otp.Past // as the audit table remembers
	slots   int
	mailbox []mail
	begun   [][16]byte // nonces of all visits
}

// mail is what arrived in the mailbox: the digits, and where they belong.
type mail struct {
	otp.Issued
	digits string
	visit  *visit
}

// visit is one verification: a browser or a call.
type visit struct {
	p       *person
	purpose otp.Purpose
	nonce   [16]byte
	secret  [32]byte
}

func (w *world) person() *person {
	return &person{w: w, tag: random32(), past: map[otp.Purpose][]otp.Past{}}
}

func (p *person) visit(purpose otp.Purpose) *visit {
	v := &visit{p: p, purpose: purpose, nonce: random16(), secret: random32()}
	p.begun = append(p.begun, v.nonce)
	return v
}

// someday is when all long codes of these tests are mailed and guessed: stores know nothing of it.
var someday = time.UnixMilli(1690261500000)

func (v *visit) mac(digits string) ([32]byte, otp.Form) {
	switch {
	case len(digits) == 20:
		return otp.LongMAC(pepper{}, v.purpose, v.p.tag, digits, someday), otp.Long
	case v.purpose == otp.Phone:
		return otp.PhoneMAC(pepper{}, v.p.tag, digits), otp.Short
	default:
		return otp.ShortMAC(pepper{}, v.purpose, v.nonce, v.secret, digits), otp.Short
	}
}

// draft is what the worker would ask the store for: fresh codes in a slot.
func (v *visit) draft(slot string, want bool) (otp.Issue, string, string) {
	short, err := otp.DrawShort(8)
	if err != nil {
		v.p.w.tb.Fatal(err)
	}
	long, err := otp.DrawLong()
	if err != nil {
		v.p.w.tb.Fatal(err)
	}
	i := otp.Issue{Slot: slot, Tag: v.p.tag, Purpose: v.purpose, Nonce: v.nonce, WantLong: want, Past: v.p.past[v.purpose]}
	i.ShortMAC, _ = v.mac(short)
	i.LongMAC, _ = v.mac(long)
	return i, short, long
}

// mail asks for a code and puts it into the mailbox.
func (v *visit) mail() mail {
	v.p.slots++
	return v.mailIn(fmt.Sprintf("%d-0", v.p.slots), false)
}

// mailForgetful is a mail in a moment at which neither memory knows what was tried: the store is
// lost, and the audit table cannot be read until the code is stored.
func (v *visit) mailForgetful() mail {
	v.p.w.lose(v.p.tag, v.purpose)
	past := v.p.past[v.purpose]
	v.p.past[v.purpose] = nil
	m := v.mail()
	v.p.past[v.purpose] = past
	return m
}

func (v *visit) mailLong() mail {
	v.p.slots++
	return v.mailIn(fmt.Sprintf("%d-0", v.p.slots), true)
}

func (v *visit) mailIn(slot string, want bool) mail {
	v.p.w.tb.Helper()
	i, short, long := v.draft(slot, want)
	got, err := v.p.w.Issue(context.Background(), i)
	if err != nil {
		v.p.w.tb.Fatalf("issuing: %v", err)
	}
	m := mail{Issued: got, digits: short, visit: v}
	if got.Form == otp.Long {
		m.digits = long
	}
	if !got.None {
		v.p.mailbox = append(v.p.mailbox, m)
	}
	return m
}

// attempt is one guess with everything the audit table knows.
func (v *visit) attempt(digits string) otp.Attempt {
	a := otp.Attempt{ID: random16(), Tag: v.p.tag, Purpose: v.purpose, Nonce: v.nonce, Past: v.p.past[v.purpose]}
	mac, form := v.mac(digits)
	a.Form = form
	// Under a key made since, under the one the code was mailed under, under an earlier one.
	a.MACs = [][32]byte{under("newer", mac), mac, under("older", mac)}
	return a
}

// try sends a guess and lets the audit table remember it.
func (v *visit) try(digits string) otp.Verdict {
	v.p.w.tb.Helper()
	a := v.attempt(digits)
	got, err := v.p.w.Redeem(context.Background(), a)
	if err != nil {
		v.p.w.tb.Fatalf("redeeming: %v", err)
	}
	v.p.record(a, got)
	return got
}

func (p *person) record(a otp.Attempt, v otp.Verdict) {
	if v.Evaluated {
		one := otp.Past{Attempt: a.ID, At: p.w.now, Accepted: v.Accepted, Form: a.Form}
		if v.Accepted {
			one.Attempt = v.Used
		}
		p.past[a.Purpose] = append(p.past[a.Purpose], one)
	}
}

// want fails the test unless a guess was judged for this reason.
func (v *visit) want(digits string, reason otp.Reason) otp.Verdict {
	v.p.w.tb.Helper()
	got := v.try(digits)
	if got.Reason != reason {
		v.p.w.tb.Errorf("got %q, want %q", got.Reason, reason)
	}
	return got
}

// fail burns n evaluated failures of the person's budget, in verifications of its own.
func (p *person) fail(purpose otp.Purpose, n int) {
	p.w.tb.Helper()
	for n > 0 {
		v := p.visit(purpose)
		if m := v.mail(); m.Form != otp.Short {
			p.w.tb.Fatalf("a mail carries %+v, want a short code", m.Issued)
		}
		for range min(n, 5) {
			v.want(wrong(v), otp.Wrong)
			n--
		}
		p.w.advance(24 * time.Hour) // so that the next mail is the first of its day
	}
}

// wrong is a short code that is in no mail of the visit.
func wrong(v *visit) string {
	for n := 10_000_000; ; n++ {
		digits := strconv.Itoa(n)
		used := false
		for _, m := range v.p.mailbox {
			used = used || m.digits == digits
		}
		if !used {
			return digits
		}
	}
}
