package roster

import (
	"context"
	"fmt"

	"exposure/internal/breach"
)

// contacts seals and stages where the people on the lists can be written to.
func (s *saving) contacts(ctx context.Context) error {
	s.edges, s.order = nil, nil
	listed, staged := s.listed(), 0
	s.progress.Begin("sealing contacts", int64(listed))
	defer s.progress.End()
	seal := s.keys.OperatorSealer()
	err := s.r.from.contacts(ctx, func(p *reached) error {
		c := breach.StagedContact{Handle: s.keys.PersonHandle(p.key), Sealed: seal(breach.ContactLabel, p.contact().Bytes())}
		if err := s.staging.AddContact(ctx, c); err != nil {
			return fmt.Errorf("staging a contact: %w", err)
		}
		staged++
		s.progress.Add(1)
		return nil
	})
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

// contact is the form that is kept.
func (p *reached) contact() breach.PersonContact {
	c := breach.PersonContact{Name: p.postal.Name, PostalCode: p.postal.Zip, Address: p.postal.Address}
	for _, e := range p.emails {
		c.Emails = append(c.Emails, e.Address)
	}
	return c
}
