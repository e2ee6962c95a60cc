package roster

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
)

// Keys turns what identifies people and records into keyed hashes. Each method must give
// equal values for equal arguments and must not keep what it is given.
type Keys interface {
	Tag(a email.Address) breach.Tag
	PersonHandle(key string) breach.Handle
	PersonHandles(key string) []breach.Handle // under every key, newest first
	RecordHandles(id string) []breach.Handle  // under every key, newest first
	// OperatorSealer encrypts much, so that only the operator can read it.
	OperatorSealer() func(label string, plain []byte) []byte
}

// Sealer encrypts so that only the operator can read it. The associated data (the handle
// of the person or record) must be given again to open it.
type Sealer interface {
	SealEvidence(plaintext, ad []byte) []byte
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
	AddReview(ctx context.Context, r breach.StagedReview) error
	AddContact(ctx context.Context, c breach.StagedContact) error
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
// its number. It publishes nothing. When it fails, nothing was stored. progress counts
// people, and then again those whose contact is sealed; nil is silent. The shop's exports are
// read a second time for that: one that changed meanwhile is ErrUnreadable.
func Save[S Staging](ctx context.Context, st Store[S], keys Keys, seal Sealer, r *Result, entry audit.Entry, progress Progress) (version int64, err error) {
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
	s := saving{r: r, staging: staging, keys: keys, seal: seal, progress: orSilent(progress)}
	if err := s.stage(ctx); err != nil {
		return 0, err
	}
	if version, err = staging.Commit(ctx, entry); err != nil {
		return 0, fmt.Errorf("committing the version: %w", err)
	}
	return version, nil
}

// saving is one Save.
type saving struct {
	r        *Result
	staging  Staging
	keys     Keys
	seal     Sealer
	progress Progress
	edges    []edge
	order    []int32 // Person.Ref by stored number, from 1
}

// edge is one person at one address. Of the tag it keeps as much as nearly always tells
// it from all others: of some millions the whole tags would be much of the memory.
type edge struct {
	tag uint64 // the beginning
	ref int32  // the number in the store
	n   int32  // -> Person.Emails
}

func (s *saving) stage(ctx context.Context) error {
	s.edges = make([]edge, 0, s.r.Size()+s.r.Size()/8)
	if err := s.everybody(ctx); err != nil {
		return err
	}
	return s.contacts(ctx)
}

// everybody stages people, the review list and addresses.
func (s *saving) everybody(ctx context.Context) error {
	s.progress.Begin("storing people", int64(s.r.Size()))
	defer s.progress.End()
	s.number()
	for i, ref := range s.order {
		p := s.r.from.person(int64(ref))
		if err := s.person(ctx, &p, int64(i+1)); err != nil {
			return fmt.Errorf("staging a person: %w", err)
		}
		s.progress.Add(1)
	}
	for record := range s.r.Review() {
		handles := s.keys.RecordHandles(record.ID)
		handle := handles[0]
		if err := s.staging.AddReview(ctx, breach.StagedReview{
			Handle: handle, Older: handles[1:], Reason: record.Reason, Applied: record.Decision,
			Sealed: s.seal.SealEvidence(EncodeReview(record), handle[:]),
		}); err != nil {
			return fmt.Errorf("staging a record of the review list: %w", err)
		}
	}
	return s.addresses(ctx)
}

// number gives people their numbers in the store, in the order of their handles. In that of
// the shop's rows, whoever steals the store and has a list of the shop's members could tell
// from the numbers alone who is who.
func (s *saving) number() {
	type placed struct {
		handle uint64 // the beginning
		ref    int32
	}
	all := make([]placed, 0, s.r.Size())
	for p := range s.r.People() {
		handle := s.keys.PersonHandle(p.Key)
		all = append(all, placed{binary.BigEndian.Uint64(handle[:]), int32(p.Ref)})
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.handle, b.handle), cmp.Compare(a.ref, b.ref)) })
	s.order = make([]int32, len(all))
	for i, p := range all {
		s.order[i] = p.ref
	}
}

// stored is the person of a number in the store, and calls itself by it.
func (s *saving) stored(number int32) Person {
	p := s.r.from.person(int64(s.order[number-1]))
	p.Ref = int64(number)
	return p
}

func (s *saving) person(ctx context.Context, p *Person, number int64) error {
	evidence := EncodeEvidence(s.r.Evidence(p.Ref))
	p.Ref = number
	var reach [][]byte
	for n, e := range p.Emails {
		tag := s.keys.Tag(e.Address)
		s.edges = append(s.edges, edge{tag: binary.BigEndian.Uint64(tag[:]), ref: int32(p.Ref), n: int32(n)})
		reach = append(reach, append(tag[:], e.Edge...))
	}
	slices.SortFunc(reach, bytes.Compare)
	sum := sha256.New()
	for _, e := range reach {
		fmt.Fprintf(sum, "%x\n", e)
	}
	handles := s.keys.PersonHandles(p.Key)
	handle := handles[0]
	return s.staging.AddPerson(ctx, breach.StagedPerson{
		Ref: p.Ref, Kind: p.Kind, MemberID: p.MemberID, Handle: handle, Older: handles[1:], Reach: [32]byte(sum.Sum(nil)),
		Evidence: s.seal.SealEvidence(evidence, handle[:]), Person: p.at(breach.EdgeOther),
	})
}

// addresses stages them by tag, so that the order of the shop's rows cannot be read off
// the store; the people of one address are in the order of
// their numbers.
func (s *saving) addresses(ctx context.Context) error {
	slices.SortFunc(s.edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.tag, b.tag), cmp.Compare(a.ref, b.ref))
	})
	var alike []tagged
	for i := 0; i < len(s.edges); {
		alike = alike[:0]
		for begin := s.edges[i].tag; i < len(s.edges) && s.edges[i].tag == begin; i++ {
			p := s.stored(s.edges[i].ref)
			e := p.Emails[s.edges[i].n]
			alike = append(alike, tagged{s.keys.Tag(e.Address), p.at(e.Edge)})
		}
		slices.SortStableFunc(alike, func(a, b tagged) int { return bytes.Compare(a.tag[:], b.tag[:]) })
		if err := s.answers(ctx, alike); err != nil {
			return fmt.Errorf("staging an address: %w", err)
		}
	}
	return nil
}

// tagged is one person as seen from the address of a tag.
type tagged struct {
	tag    breach.Tag
	person breach.Person
}

// answers stages one answer for each tag of a sorted list.
func (s *saving) answers(ctx context.Context, list []tagged) error {
	for i := 0; i < len(list); {
		tag := list[i].tag
		var answer breach.Answer
		for ; i < len(list) && list[i].tag == tag; i++ {
			answer.Persons = append(answer.Persons, list[i].person)
		}
		if err := s.staging.AddTag(ctx, tag, answer); err != nil {
			return err
		}
	}
	return nil
}

// at is the person as seen from one address.
func (p *Person) at(edge breach.Edge) breach.Person {
	return breach.Person{
		Ref: p.Ref, Edge: edge, Kind: p.Kind, Withdrawn: p.Withdrawn, FirstNotice: p.FirstNotice,
		Exposures: p.Exposures, Review: p.Review,
	}
}
