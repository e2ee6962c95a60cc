package reset

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrPasswordMoved: the shop holds another password than the one that was seen. Nothing
	// was changed.
	ErrPasswordMoved = errors.New("the shop holds another password than the one that was seen")
	// ErrShopUnavailable: the shop's database cannot be used now: down, read-only, locked.
	// It is tried again; nothing is half-done.
	ErrShopUnavailable = errors.New("the shop cannot be reached now")
)

// Finding is one thing that keeps a connector from working, or that its operator should
// know, in words that say what to do.
type Finding struct {
	Blocks bool // false: worth knowing
	Text   string
}

// Held is what the shop holds of one member.
type Held struct {
	MemberID    string
	Found       bool   // the shop knows this member
	Live        bool   // may log in: neither withdrawn nor provisional
	Blank       bool   // no password opens this account
	Fingerprint []byte // keyed, of the stored hash; nil when blank or not found
	Rehashed    bool   // it may be that only the algorithm changed: no new password
}

// Connector reaches the passwords and sessions of one shop directly. It has the least
// rights that this takes, never reads or writes a salt or a secret key, and keeps no hash.
//
// Read returns one Held for each id, in their order. Blank makes a password worthless if it is
// still the one of the fingerprint (breach.SamePassword; compare and swap), else ErrPasswordMoved; blanking
// what is blank is no error. EndSessions ends every session of these members. All errors
// that pass by themselves wrap ErrShopUnavailable.
type Connector interface {
	Check(ctx context.Context) []Finding
	Read(ctx context.Context, memberIDs []string) ([]Held, error)
	Blank(ctx context.Context, memberID string, was []byte) error
	EndSessions(ctx context.Context, memberIDs []string) error
}

// read asks a shop about members, and takes no answer but about these, in their order: what
// is known of one must not be taken for what another has.
func read(ctx context.Context, shop Connector, memberIDs []string) ([]Held, error) {
	held, err := shop.Read(ctx, memberIDs)
	if err != nil {
		return nil, fmt.Errorf("reading from the shop: %w", err)
	}
	if len(held) != len(memberIDs) {
		return nil, fmt.Errorf("reading from the shop: asked for %d members, heard of %d", len(memberIDs), len(held))
	}
	for i, h := range held {
		if h.MemberID != memberIDs[i] {
			return nil, errors.New("reading from the shop: it answered about another member than it was asked for")
		}
	}
	return held, nil
}

// Fingerprint is the keyed hash by which a connector compares password hashes. It is made
// under every live key, so that two are compared by breach.SamePassword and never byte by
// byte. The hash never leaves the connector.
type Fingerprint func(memberID string, hash []byte) []byte
