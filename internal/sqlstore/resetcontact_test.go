package sqlstore_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/reset"
)

// TestContactsVoidTheLostMailbox: once another address stands for a member's own, no ticket
// that went to the old one is worth anything, redeemed or not, and none is issued over it by
// whoever asked before. Other members of that mailbox lose nothing.
func TestContactsVoidTheLostMailbox(t *testing.T) {
	for name, redeemed := range map[string]bool{"a ticket": false, "a redeemed ticket": true} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			r := s.planned(t, start, "1", "3")
			version := s.members(t, "1", "3")
			change(t, r, audit.ResetOrder, start, order(start), "1", "3")
			now := start.Add(time.Minute)
			shop := reset.NewService(r, nil, func() time.Time { return now })
			issue := func(address string) (reset.Ticket, error) {
				return shop.Issue(t.Context(), reset.TicketOrder{
					Members: []string{"1", "3"}, Tags: s.tags(t, address), Actor: audit.Actor{Kind: audit.Customer},
					Notify: func(string) []byte { return []byte(address) },
				})
			}
			redeem := func(ticket reset.Ticket, want ...string) {
				t.Helper()
				got, err := shop.Redeem(t.Context(), "kit", ticket.Token)
				if slices.Sort(got); !slices.Equal(got, want) || (err != nil) != (len(want) == 0) {
					t.Errorf("redeemed for %v, %v; want %v", got, err, want)
				}
			}
			lost, err := issue("old@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			if redeemed {
				redeem(lost, "1", "3")
			}
			add := func(address string) {
				t.Helper()
				c := reset.Contact{MemberID: "1", Tags: s.tags(t, address), By: "Sato", ApprovedBy: "Ito"}
				if err := r.AddContact(t.Context(), version, c, resetEntry(audit.ContactAdd, now)); err != nil {
					t.Fatal(err)
				}
			}
			add("new@example.jp")
			if x, err := r.Get(t.Context(), "1"); err != nil || x.State != breach.ResetRequired || x.Ticket != [32]byte{} || !x.Redeemed.IsZero() || x.Notify != nil {
				t.Errorf("%+v, %v", x, err)
			}
			if !redeemed {
				redeem(lost, "3")
			}
			if _, err := shop.Complete(t.Context(), "kit", "1"); !errors.Is(err, breach.ErrNotRedeemed) {
				t.Errorf("completed by the lost mailbox: %v", err)
			}
			late, err := issue("old@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			redeem(late, "3")
			owners, err := issue("new@example.jp")
			if err != nil {
				t.Fatal(err)
			}
			add("new@example.jp") // says nothing new
			redeem(owners, "1", "3")
			if x, err := shop.Complete(t.Context(), "kit", "1"); err != nil || string(x.Notify) != "new@example.jp" {
				t.Errorf("completed by the owner: %v, %v", x, err)
			}
			if err := r.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNobodyIsLeftForATicket: when an address stands for each of the members, nothing is
// issued over another.
func TestNobodyIsLeftForATicket(t *testing.T) {
	s := newStore(t)
	r := s.planned(t, start, "1")
	version := s.members(t, "1")
	change(t, r, audit.ResetOrder, start, order(start), "1")
	c := reset.Contact{MemberID: "1", Tags: s.tags(t, "new@example.jp"), By: "Sato", ApprovedBy: "Ito"}
	if err := r.AddContact(t.Context(), version, c, resetEntry(audit.ContactAdd, start)); err != nil {
		t.Fatal(err)
	}
	shop := reset.NewService(r, nil, nil)
	for _, tags := range []breach.Tags{s.tags(t, "old@example.jp"), {}} {
		_, err := shop.Issue(t.Context(), reset.TicketOrder{Members: []string{"1"}, Tags: tags, Actor: audit.Actor{Kind: audit.Customer}})
		if !errors.Is(err, breach.ErrNoReset) {
			t.Errorf("Issue = %v", err)
		}
	}
}
