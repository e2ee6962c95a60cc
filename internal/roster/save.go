package roster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
)

// Tagger turns an address into the keyed hash it is stored under. It must give equal
// tags to equal addresses and must not keep what it is given.
type Tagger interface {
	Tag(a email.Address) breach.Tag
}

// Store begins a new version. Nothing of it is visible before it is committed, and a
// crash leaves no part of it behind that a look-up could read.
type Store[S Staging] interface {
	Stage(ctx context.Context, meta breach.VersionMeta) (S, error)
}

// Staging receives one version. After an error only Abort may be called. Commit makes
// the version exist, in one step with its audit row, and returns its number.
type Staging interface {
	AddPerson(ctx context.Context, p breach.StagedPerson) error
	AddTag(ctx context.Context, tag breach.Tag, answer breach.Answer) error
	Commit(ctx context.Context, entry audit.Entry) (version int64, err error)
	Abort(ctx context.Context) error
}

// Committable refuses a result whose rejects the operator has not accepted by their
// exact number.
func (r *Result) Committable() error {
	if len(r.Rejects) != r.accepted {
		return fmt.Errorf("%w: there are %d, accepted are %d: look at each and say --accept-rejects %d",
			ErrRejects, len(r.Rejects), r.accepted, len(r.Rejects))
	}
	return nil
}

// Save stores the result as a new version, with entry as its audit row, and returns
// its number. It publishes nothing. When it fails, nothing was stored.
func Save[S Staging](ctx context.Context, st Store[S], keys Tagger, r *Result, entry audit.Entry) (version int64, err error) {
	if err := r.Committable(); err != nil {
		return 0, err
	}
	staging, err := st.Stage(ctx, breach.VersionMeta{
		IncidentID: r.incident.ID, IncidentDigest: r.incident.Digest,
		SourcesDigest: r.SourcesDigest, Summary: r.Reconciliation.Summary(),
	})
	if err != nil {
		return 0, fmt.Errorf("staging a version: %w", err)
	}
	defer func() {
		if err != nil {
			// The caller's context may be what ended: the sweep must still run.
			err = errors.Join(err, staging.Abort(context.WithoutCancel(ctx)))
		}
	}()
	if err := r.stage(ctx, staging, keys); err != nil {
		return 0, err
	}
	if version, err = staging.Commit(ctx, entry); err != nil {
		return 0, fmt.Errorf("committing the version: %w", err)
	}
	return version, nil
}

// edge is one person at one address.
type edge struct {
	tag breach.Tag
	at  int32 // -> Result.People
	n   int32 // -> Person.Emails
}

func (r *Result) stage(ctx context.Context, staging Staging, keys Tagger) error {
	var edges []edge
	for i := range r.People {
		p := &r.People[i]
		person := r.domain(int32(i), breach.EdgeOther)
		if err := staging.AddPerson(ctx, breach.StagedPerson{Ref: person.Ref, Kind: p.Kind, MemberID: p.MemberID, Person: person}); err != nil {
			return fmt.Errorf("staging a person: %w", err)
		}
		for n, e := range p.Emails {
			edges = append(edges, edge{tag: keys.Tag(e.Address), at: int32(i), n: int32(n)})
		}
	}
	// By tag, so that the order of the shop's rows cannot be read off the store; the
	// people of one address in the order of People, which is that of Ref.
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(bytes.Compare(a.tag[:], b.tag[:]), cmp.Compare(a.at, b.at))
	})
	for i := 0; i < len(edges); {
		tag := edges[i].tag
		var answer breach.Answer
		for ; i < len(edges) && edges[i].tag == tag; i++ {
			at := edges[i].at
			answer.Persons = append(answer.Persons, r.domain(at, r.People[at].Emails[edges[i].n].Edge))
		}
		if err := staging.AddTag(ctx, tag, answer); err != nil {
			return fmt.Errorf("staging an address: %w", err)
		}
	}
	return nil
}

// domain is a person as seen from one address. Refs count from 1 in the order of
// People.
func (r *Result) domain(at int32, edge breach.Edge) breach.Person {
	p := &r.People[at]
	return breach.Person{
		Ref: int64(at) + 1, Edge: edge, Kind: p.Kind, Withdrawn: p.Withdrawn, FirstNotice: p.FirstNotice,
		Exposures: p.Exposures, Review: p.Review,
	}
}
