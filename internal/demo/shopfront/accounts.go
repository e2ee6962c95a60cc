package shopfront

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"time"
)

// Member is one live membership of the shop.
type Member struct {
	ID       string
	Address  string // to log in with
	Password string // as it was before the breach; empty: one that nobody knows
}

// account is a membership as the shop keeps it.
type account struct {
	id, address string
	password    stored
	// former is the password that was made worthless: it opens nothing and is kept so that
	// it is not chosen again.
	former  stored
	renewed time.Time // when a ticket last set a password
	waiting bool      // the look-up has not heard of that yet
}

// accounts are the shop's members and their sessions. One lock covers both, so that no
// session begins with a password that is being made worthless. It is safe for concurrent use.
type accounts struct {
	now func() time.Time

	mu       sync.Mutex
	byID     map[string]*account
	sessions map[[32]byte]session
	listed   map[string]bool // whose old password is worthless, by the last list
	barred   map[string]bool // those of them who were shut out
}

type session struct {
	member string
	until  time.Time
}

// sessionLife is how long a session lasts without use.
const sessionLife = 2 * time.Hour

func newAccounts(ctx context.Context, members []Member, h *hasher, now func() time.Time) (*accounts, error) {
	a := &accounts{now: now, byID: map[string]*account{}, sessions: map[[32]byte]session{}, listed: map[string]bool{}, barred: map[string]bool{}}
	for _, m := range members {
		password := m.Password
		if password == "" {
			a.byID[m.ID] = &account{id: m.ID, address: m.Address, password: unknown()}
			continue
		}
		hash, err := h.make(ctx, password)
		if err != nil {
			return nil, err
		}
		a.byID[m.ID] = &account{id: m.ID, address: m.Address, password: hash}
	}
	return a, nil
}

// unknown is a hash that no password of anybody's has.
func unknown() stored {
	s := stored{salt: make([]byte, 16), sum: make([]byte, hashLength)}
	_, _ = rand.Read(s.salt)
	_, _ = rand.Read(s.sum)
	return s
}

// at returns copies of the accounts that log in with an address, by id; mostly one.
func (a *accounts) at(address string) []account {
	a.mu.Lock()
	defer a.mu.Unlock()
	name := loginName(address)
	var list []account
	for _, x := range a.byID {
		if loginName(x.address) == name {
			list = append(list, *x)
		}
	}
	slices.SortFunc(list, func(x, y account) int { return cmp.Compare(x.id, y.id) })
	return list
}

// get returns a copy of an account.
func (a *accounts) get(id string) (account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x, ok := a.byID[id]
	if !ok {
		return account{}, false
	}
	return *x, true
}

// open begins a session, unless the password it was opened with is not the account's any
// more. A barred member gets none.
func (a *accounts) open(id string, with stored) (token string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.byID[id]
	if x == nil || a.shut(x) || !slices.Equal(x.password.sum, with.sum) || x.password.blank() {
		return "", false
	}
	return a.begin(id), true
}

func (a *accounts) begin(id string) string {
	token := secret()
	a.sessions[sha256.Sum256([]byte(token))] = session{member: id, until: a.now().Add(sessionLife)}
	return token
}

// shut tells whether a member is barred. One whose new password the look-up has not heard
// of yet is not: the list is out of date.
func (a *accounts) shut(x *account) bool { return a.barred[x.id] && !x.waiting }

// member is whose session a token is, and keeps it alive.
func (a *accounts) member(token string) (account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	s, ok := a.sessions[key]
	x := a.byID[s.member]
	if !ok || x == nil || !a.now().Before(s.until) || a.shut(x) {
		delete(a.sessions, key)
		return account{}, false
	}
	s.until = a.now().Add(sessionLife)
	a.sessions[key] = s
	return *x, true
}

func (a *accounts) end(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, sha256.Sum256([]byte(token)))
}

// renew sets a new password, ends every session of the member and begins one for who set
// it. Until told is called the list does not bar the member.
func (a *accounts) renew(id string, password stored) (token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.byID[id]
	x.password, x.former = password, stored{}
	x.renewed, x.waiting = a.now(), true
	a.endAll(id)
	return a.begin(id)
}

func (a *accounts) endAll(id string) {
	for key, s := range a.sessions {
		if s.member == id {
			delete(a.sessions, key)
		}
	}
}

// told notes that the look-up has answered a completion. A list asked for before one that
// was accepted is out of date. Refused, the member is barred as the list has it.
func (a *accounts) told(id string, accepted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.byID[id]
	x.waiting = false
	if !accepted {
		a.barred[id] = a.listed[id]
		return
	}
	x.renewed = a.now()
	delete(a.barred, id)
	delete(a.listed, id)
}

// bar brings the list up to date, and shuts out who is on it: no password, no session.
// asked is when the changes were asked for; passwords set since are newer than they. The
// ids are of those who lost a password by this call.
func (a *accounts) bar(changes []change, asked time.Time) (shut []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range changes {
		if c.Required {
			a.listed[c.Member] = true
		} else {
			delete(a.listed, c.Member)
		}
	}
	clear(a.barred)
	for id := range a.listed {
		x := a.byID[id]
		if x == nil || x.waiting || !x.renewed.Before(asked) {
			continue
		}
		a.barred[id] = true
		a.endAll(id)
		if !x.password.blank() {
			x.former, x.password = x.password, stored{}
			shut = append(shut, id)
		}
	}
	return shut
}

// secret is 256 random bits in letters.
func secret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
