package roster

import (
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/roster/profile"
)

// span is a closed stretch of time, in microseconds since 1970 UTC.
type span struct{ from, to int64 }

func (p *span) add(at int64) {
	if p.from == 0 || at < p.from {
		p.from = at
	}
	p.to = max(p.to, at)
}

// settlement notes an approval. Lines may repeat, and an order may have several:
// every distinct approved card counts, whatever happened to the payment afterwards.
func (s *shop) settlement(r row) error {
	t, day, ok := s.clock.moment(r.value(profile.ProcessedAt))
	id := r.value(profile.OrderID)
	if !ok || id == "" {
		return s.reject(r, "no order number, or a time that cannot be read")
	}
	s.covered.add(t.UnixMicro())
	if day {
		s.covered.add(lastOf(t).UnixMicro())
	}
	approved := s.words.approval.tri(r.value(profile.Action))
	if approved == breach.Unknown && r.value(profile.Action) == "" {
		return s.reject(r, "it does not say what was done")
	}
	if approved != breach.Yes {
		return nil
	}
	at, ok := s.findOrder(id)
	if !ok {
		s.stray[RoleSettlements]++
		return nil
	}
	if token := s.token(r.value(profile.CardToken), id); !slices.Contains(s.approved[at], token) {
		s.approved[at] = append(s.approved[at], token)
	}
	return nil
}

// token numbers the cards. An approval without a token is a card of its own per
// order: it must not vanish from the count.
func (s *shop) token(v, orderID string) uint32 {
	if v == "" {
		v = "order " + orderID
	}
	n, ok := s.tokens[v]
	if !ok {
		n = uint32(len(s.tokens))
		s.tokens[strings.Clone(v)] = n
	}
	return n
}

// hasApproval is Unknown only where there is no settlement file at all.
func (s *shop) hasApproval(at int32) breach.Tri {
	if s.holders[RoleSettlements] == nil {
		return breach.Unknown
	}
	return breach.TriOf(len(s.approved[at]) > 0)
}

// settled: paid by card and approved. That an approval is missing says something only
// about attempts that the shop system gave up, within the time the settlement file
// covers. A card order that went on without one means that the file is incomplete, and
// must not clear the person.
func (s *shop) settled(at int32) breach.Tri {
	o := s.orders.at(at)
	has := s.hasApproval(at)
	outside := o.placed < s.covered.from || o.placed > s.covered.to
	if has == breach.No && (outside || s.abandoned(at) != breach.Yes) {
		has = breach.Unknown
	}
	return and(o.card, has)
}
