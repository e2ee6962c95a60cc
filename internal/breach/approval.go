package breach

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	// ErrNoName: nobody is named who does it, or who approved it.
	ErrNoName = errors.New("it needs the names of two people: who does it, and who approved it")
	// ErrSamePerson: nobody approves what they do themselves.
	ErrSamePerson = errors.New("who does it and who approved it must be two people")
	// ErrNoReason: it needs a reason.
	ErrNoReason = errors.New("it needs a reason")
	// ErrAddressAsName: what is recorded for ever holds no addresses.
	ErrAddressAsName = errors.New("names and reasons must hold no e-mail address")
)

// Approval names the two people who answer for a decision about somebody, and why it was
// made. It is recorded, not verified.
type Approval struct{ By, ApprovedBy, Reason string }

// Check refuses what names no two people or gives no reason.
func (a Approval) Check() error {
	by, approver := FoldName(a.By), FoldName(a.ApprovedBy)
	switch {
	case by == "" || approver == "":
		return ErrNoName
	case by == approver:
		return ErrSamePerson
	case strings.TrimSpace(a.Reason) == "":
		return ErrNoReason
	case strings.Contains(by+approver+FoldName(a.Reason), "@"):
		return ErrAddressAsName
	}
	return nil
}

// String is the approval as the audit log keeps it.
func (a Approval) String() string {
	return "by " + a.By + ", approved by " + a.ApprovedBy + ": " + a.Reason
}

// FoldName makes different spellings of one name equal: width, case and spaces do not
// tell two people apart.
func FoldName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}
