// Package session keeps the short-lived right to read one's own report under a random
// token.
//
// It guarantees that the store holds nothing readable and nothing usable: a record is
// kept under the hash of its token, sealed, with that hash and the audience as
// associated data, so that whoever reads the store learns nothing, and whoever writes it
// cannot plant or swap a session, nor let one outlive its absolute end. A session ends
// when it was idle, at an absolute time, or when it is ended, whichever comes first.
//
// It does not survive its store: a Redis that lost its newest data (see package redisdial)
// has lost sessions, whose holders prove their mailbox again, or brings one that was ended
// back for whoever holds its token, until its absolute end.
//
// It refuses to say why a token is not accepted: malformed, unknown, over, of another
// audience or not opening are one error.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"exposure/internal/breach"
)

// Errors of this package. None carries a token.
var (
	// ErrNoSession: the token is malformed, unknown, over, of another audience, or its
	// record does not open.
	ErrNoSession = errors.New("no session")
	// ErrUnavailable: the store cannot be used now. Callers answer 503.
	ErrUnavailable = errors.New("the session store is unavailable")
)

const (
	label = "session" // separates sessions from whatever else the same keys seal

	tokenBytes  = 32
	tokenLength = 43 // of tokenBytes in base64url without padding

	defaultIdle     = 15 * time.Minute
	defaultAbsolute = 60 * time.Minute

	// callTimeout bounds a call whose context has no earlier deadline.
	callTimeout = 2 * time.Second
)

// Record is what a session stands for.
type Record struct {
	Audience string      // who may use it, e.g. "customer"; tokens of one audience are unknown to others
	Tags     breach.Tags // whose
	Subject  string      // further meaning given by the audience; may be empty
	Issued   time.Time   // set by Issue
	Expires  time.Time   // absolute end; zero means the longest allowed
}

// Sealer seals records. Open fails for anything that Seal did not return for the same
// label and associated data.
type Sealer interface {
	Seal(label string, plaintext, ad []byte) []byte
	Open(label string, sealed, ad []byte) ([]byte, error)
}

// Backend keeps sealed records under opaque keys for a while. All methods are safe for
// concurrent use; errors wrap ErrUnavailable.
type Backend interface {
	// Put stores a value for ttl.
	Put(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Swap stores a value for ttl in the place of old, and tells whether it did: not if
	// something else, or nothing, is there by now. Repeating it changes nothing.
	Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error)
	// Touch returns a value and lets it live ttl from now; nil if there is none.
	Touch(ctx context.Context, key string, ttl time.Duration) ([]byte, error)
	// Delete removes a value, if there is one.
	Delete(ctx context.Context, key string) error
}

// Config configures a Store. Backend and Sealer are required.
type Config struct {
	Backend  Backend
	Sealer   Sealer
	Idle     time.Duration // unused for that long, a session ends; default 15 min
	Absolute time.Duration // used or not, a session ends; default 60 min
	Now      func() time.Time
}

// Store issues and reads sessions. It is safe for concurrent use.
type Store struct{ c Config }

// New checks the configuration.
func New(c Config) (*Store, error) {
	switch {
	case c.Backend == nil:
		return nil, errors.New("session: Backend is missing")
	case c.Sealer == nil:
		return nil, errors.New("session: Sealer is missing")
	case c.Idle < 0 || c.Absolute < 0:
		return nil, errors.New("session: Idle and Absolute must not be negative")
	}
	if c.Idle == 0 {
		c.Idle = defaultIdle
	}
	if c.Absolute == 0 {
		c.Absolute = defaultAbsolute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Store{c}, nil
}

// Issue begins a session under a new random token. expires is when it ends if it is not
// used again.
func (s *Store) Issue(ctx context.Context, r Record) (token string, expires time.Time, err error) {
	var raw [tokenBytes]byte
	rand.Read(raw[:]) // never fails: crypto/rand aborts the program instead
	return s.IssueAs(ctx, raw, r)
}

// IssueAs is Issue under the token of these bytes, in the place of whatever session it named:
// for what there may be one of only. They must be derived from a secret, or the store tells
// whoever reads it which sessions there are.
func (s *Store) IssueAs(ctx context.Context, raw [tokenBytes]byte, r Record) (token string, expires time.Time, err error) {
	if r.Audience == "" {
		return "", time.Time{}, errors.New("session: a record needs an audience")
	}
	now := s.c.Now()
	r.Issued = now
	if end := now.Add(s.c.Absolute); r.Expires.IsZero() || r.Expires.After(end) {
		r.Expires = end
	}
	if !r.Expires.After(now) { // a life of zero would be endless to Redis
		return "", time.Time{}, errors.New("session: a record must end in the future")
	}
	hash := sha256.Sum256(raw[:])
	sealed := s.c.Sealer.Seal(label, encodeRecord(r), associated(hash, r.Audience))

	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	expires = s.ends(r, now)
	if err := s.c.Backend.Put(ctx, key(hash), sealed, expires.Sub(now)); err != nil {
		return "", time.Time{}, fmt.Errorf("storing a session: %w", err)
	}
	return Token(raw), expires, nil
}

// Token is the token of these bytes.
func Token(raw [tokenBytes]byte) string { return base64.RawURLEncoding.EncodeToString(raw[:]) }

// Read returns the record of a token of this audience, and when the session ends if it
// is not used again.
func (s *Store) Read(ctx context.Context, token, audience string) (Record, time.Time, error) {
	hash, ok := parse(token)
	if !ok {
		return Record{}, time.Time{}, ErrNoSession
	}
	r, _, expires, err := s.read(ctx, hash, audience)
	return r, expires, err
}

// read returns besides what is kept of the record.
func (s *Store) read(ctx context.Context, hash [32]byte, audience string) (r Record, sealed []byte, expires time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	sealed, err = s.c.Backend.Touch(ctx, key(hash), s.c.Idle)
	if err != nil {
		return Record{}, nil, time.Time{}, fmt.Errorf("reading a session: %w", err)
	}
	if sealed == nil {
		return Record{}, nil, time.Time{}, ErrNoSession
	}
	plain, err := s.c.Sealer.Open(label, sealed, associated(hash, audience))
	if err != nil {
		return Record{}, nil, time.Time{}, ErrNoSession
	}
	r, err = decodeRecord(plain)
	now := s.c.Now()
	// The audience is checked twice on purpose; the absolute end is inside the seal, so
	// that whoever holds the store cannot move it.
	if err != nil || r.Audience != audience || !now.Before(r.Expires) {
		return Record{}, nil, time.Time{}, ErrNoSession
	}
	return r, sealed, s.ends(r, now), nil
}

// rewriteTries is how often a rewriting begins anew after another one was faster.
const rewriteTries = 5

// Rewrite changes what a session of this audience stands for; its token, its beginning and
// its absolute end stay. Each rewriting changes what the one before it left, and none brings
// back a session that was ended or issued anew meanwhile; so change may be called several
// times, and the last call counts. Errors: those of Read.
func (s *Store) Rewrite(ctx context.Context, token, audience string, change func(*Record)) (Record, time.Time, error) {
	hash, ok := parse(token)
	if !ok {
		return Record{}, time.Time{}, ErrNoSession
	}
	for range rewriteTries {
		r, expires, done, err := s.rewrite(ctx, hash, audience, change)
		if done || err != nil {
			return r, expires, err
		}
	}
	return Record{}, time.Time{}, fmt.Errorf("%w: a session is rewritten too often at a time", ErrUnavailable)
}

func (s *Store) rewrite(ctx context.Context, hash [32]byte, audience string, change func(*Record)) (_ Record, expires time.Time, done bool, _ error) {
	r, old, expires, err := s.read(ctx, hash, audience)
	if err != nil {
		return Record{}, time.Time{}, false, err
	}
	next := r
	change(&next)
	next.Audience, next.Issued, next.Expires = r.Audience, r.Issued, r.Expires
	life := expires.Sub(s.c.Now())
	if life <= 0 {
		return Record{}, time.Time{}, false, ErrNoSession
	}
	sealed := s.c.Sealer.Seal(label, encodeRecord(next), associated(hash, audience))
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	done, err = s.c.Backend.Swap(ctx, key(hash), old, sealed, life)
	if err != nil {
		return Record{}, time.Time{}, false, fmt.Errorf("storing a session: %w", err)
	}
	return next, expires, done, nil
}

// End ends a session of this audience. Ending one that is not there is ErrNoSession.
func (s *Store) End(ctx context.Context, token, audience string) error {
	if _, _, err := s.Read(ctx, token, audience); err != nil {
		return err
	}
	hash, _ := parse(token)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.c.Backend.Delete(ctx, key(hash)); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

func (s *Store) ends(r Record, now time.Time) time.Time {
	if idle := now.Add(s.c.Idle); idle.Before(r.Expires) {
		return idle
	}
	return r.Expires
}

// parse accepts exactly what Issue returns, so that no session has two spellings.
func parse(token string) (hash [32]byte, ok bool) {
	if len(token) != tokenLength {
		return hash, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The decoder skips line breaks: the length tells.
	if err != nil || len(raw) != tokenBytes {
		return hash, false
	}
	return sha256.Sum256(raw), true
}

func key(hash [32]byte) string { return hex.EncodeToString(hash[:]) }

// associated binds a record to its token and audience.
func associated(hash [32]byte, audience string) []byte { return append(hash[:], audience...) }
