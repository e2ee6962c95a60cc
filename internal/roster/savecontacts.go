package roster

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"exposure/internal/breach"
)

// sealing is how many contacts wait to be sealed together.
const sealing = 1024

// unsealed is a contact that waits to be sealed.
type unsealed struct {
	handle breach.Handle
	plain  []byte
}

// contacts seals and stages where the people on the lists can be written to.
func (s *saving) contacts(ctx context.Context) error {
	s.edges, s.order = nil, nil
	listed, staged := s.listed(), 0
	s.progress.Begin("sealing contacts", int64(listed))
	defer s.progress.End()
	var waiting []unsealed
	flush := func() error {
		for _, c := range s.sealAll(waiting) {
			if err := s.staging.AddContact(ctx, c); err != nil {
				return fmt.Errorf("staging a contact: %w", err)
			}
		}
		staged += len(waiting)
		s.progress.Add(int64(len(waiting)))
		waiting = waiting[:0]
		return nil
	}
	err := s.r.from.contacts(ctx, func(p *reached) error {
		waiting = append(waiting, unsealed{s.keys.PersonHandle(p.key), p.contact().Bytes()})
		if len(waiting) < sealing {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil && staged != listed {
		err = fmt.Errorf("%d people are on the lists, but contacts of %d were found", listed, staged)
	}
	return err
}

// listed counts the people of whom anything is exposed.
func (s *saving) listed() (n int) {
	for p := range s.r.People() {
		if len(p.Exposures) > 0 {
			n++
		}
	}
	return n
}

// sealAll seals contacts on every processor: each takes a key pair of its own.
func (s *saving) sealAll(waiting []unsealed) []breach.StagedContact {
	out := make([]breach.StagedContact, len(waiting))
	var all sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := w; i < len(waiting); i += runtime.GOMAXPROCS(0) {
				out[i] = breach.StagedContact{Handle: waiting[i].handle, Sealed: s.keys.SealForOperator(breach.ContactLabel, waiting[i].plain)}
			}
		})
	}
	all.Wait()
	return out
}

// contact is the form that is kept.
func (p *reached) contact() breach.PersonContact {
	c := breach.PersonContact{Name: p.postal.Name, PostalCode: p.postal.Zip, Address: p.postal.Address}
	for _, e := range p.emails {
		c.Emails = append(c.Emails, e.Address)
	}
	return c
}
