package reset

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
)

// Ticket is the one-time right to set a new password. Whoever holds the token has it; only
// its hash is kept.
type Ticket struct {
	Token string // 43 characters of base64url
	Ends  time.Time
}

const tokenLength = 43

// String keeps the token out of logs.
func (Ticket) String() string { return "a ticket" }

// GoString is String for %#v.
func (t Ticket) GoString() string { return t.String() }

// TicketOrder says for whom a ticket is issued and on whose word.
type TicketOrder struct {
	// Members are all who log in with the address that was proven.
	Members []string
	// Tags are those of that address. Members for whose login address another one stands
	// by the time the ticket is issued are left out.
	Tags breach.Tags
	// Notify seals, for a member, where the completion is told; nil: nowhere.
	Notify  func(memberID string) []byte
	Actor   audit.Actor
	Network [16]byte // keyed hash of the client network
	Version int64    // of the roster that named the members
}

// Issue issues one ticket for those of the members whose password is to be changed, in one
// transaction with its audit rows; earlier tickets of theirs, redeemed or not, are worth
// nothing from then on. breach.ErrNoReset when there is none of them, whatever the reason.
func (s *Service) Issue(ctx context.Context, o TicketOrder) (Ticket, error) {
	var token [32]byte
	rand.Read(token[:])
	hash, now, issued := sha256.Sum256(token[:]), s.now(), 0
	entry := audit.Entry{
		At: now, Actor: o.Actor, Action: audit.ResetTicket, Outcome: audit.Done, Network: o.Network, Version: o.Version,
	}
	_, err := s.store.ChangeProven(ctx, entry, o.Tags, o.Members, func(r breach.Reset) (breach.Reset, error) {
		if !r.State.Barred() {
			return r, nil
		}
		issued++
		if o.Notify != nil {
			r.Notify = o.Notify(r.MemberID)
		}
		return r.Issue(hash, now)
	})
	switch {
	case err != nil:
		return Ticket{}, fmt.Errorf("issuing a ticket: %w", err)
	case issued == 0:
		return Ticket{}, breach.ErrNoReset
	}
	return Ticket{Token: base64.RawURLEncoding.EncodeToString(token[:]), Ends: now.Add(breach.TicketLife)}, nil
}

// HashTicket is what a token is known by, and whether it has the form of one. What has not
// was never issued by anybody.
func HashTicket(token string) (hash [32]byte, formed bool) {
	secret, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(token) != tokenLength || len(secret) != len(hash) { // the decoder passes over line breaks
		return hash, false
	}
	return sha256.Sum256(secret), true
}

// Redeem spends a ticket and says for which members it lets the shop set a new password. It
// works once; breach.ErrTicketSpent otherwise, and for whatever is no ticket. A member who
// needs none any more is left out.
func (s *Service) Redeem(ctx context.Context, client string, token string) ([]string, error) {
	hash, formed := HashTicket(token)
	if !formed {
		return nil, breach.ErrTicketSpent
	}
	now := s.now()
	var members []string
	_, err := s.store.ChangeTicket(ctx, s.entry(audit.ResetRedeem, client, now), hash, func(r breach.Reset) (breach.Reset, error) {
		if r.State != breach.ResetTicketIssued {
			return r, nil
		}
		next, err := r.Redeem(hash, now)
		if err == nil {
			members = append(members, r.MemberID)
		}
		return next, err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("redeeming a ticket: %w", err)
	case len(members) == 0:
		return nil, breach.ErrTicketSpent
	}
	return members, nil
}
