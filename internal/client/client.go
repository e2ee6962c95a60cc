package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	// ErrUnknown: there is no such client, or it is revoked.
	ErrUnknown = errors.New("there is no client of this name")
	// ErrExists: a client of this name has live keys.
	ErrExists = errors.New("there is a client of this name already")
	// ErrTwoKeys: as many keys of a client live as may.
	ErrTwoKeys = errors.New("two keys of this client live: revoke the old one first")
	// ErrNoKey: the client has no live key of this id.
	ErrNoKey = errors.New("the client has no live key of this id")
	// ErrKeyReused: an Idempotency-Key was used for another member before.
	ErrKeyReused = errors.New("this idempotency key was used for another member")
	// ErrName: a name cannot be used.
	ErrName = errors.New("a client's name has 1 to 40 characters of a-z, 0-9 and -, and begins with a letter")
	// ErrScopes: scopes are missing, unknown or repeated.
	ErrScopes = errors.New("scopes are gate, complete, list and enforce, each at most once, at least one")
)

// Scope is what a client may do.
type Scope string

// Gate asks whether a member must set a new password. Complete redeems tickets and reports
// new passwords. List reads all resets. Enforce reports what a kit has made worthless in the
// shop, and what it found there.
const (
	Gate     Scope = "gate"
	Complete Scope = "complete"
	List     Scope = "list"
	Enforce  Scope = "enforce"
)

// Scopes are all of them, in the order in which they are written.
func Scopes() []Scope { return []Scope{Gate, Complete, List, Enforce} }

// ParseScopes reads a comma-separated list into the order of Scopes.
func ParseScopes(list string) ([]Scope, error) {
	given := strings.Split(list, ",")
	var all []Scope
	for _, s := range Scopes() {
		if slices.Contains(given, string(s)) {
			all = append(all, s)
		}
	}
	if len(all) != len(given) {
		return nil, ErrScopes
	}
	return all, nil
}

// FormatScopes reverses ParseScopes.
func FormatScopes(scopes []Scope) string {
	all := make([]string, len(scopes))
	for i, s := range scopes {
		all[i] = string(s)
	}
	return strings.Join(all, ",")
}

// maxKeys live at a time: the one in use, and the one that replaces it.
const maxKeys = 2

// Key is what is kept of a key.
type Key struct {
	Hash [32]byte
	Made time.Time
	Used time.Time // the day (UTC) on which it was last used; zero: never, or not told
}

// Client is one program of the shop. Its methods are the only legal changes; each returns
// the client as it is afterwards and leaves the receiver alone.
type Client struct {
	Name      string
	Scopes    []Scope
	Keys      []Key // live ones, oldest first; none: revoked
	Made      time.Time
	Suspended time.Time // zero: it is not
}

// New is a client with its first key.
func New(name string, scopes []Scope, first Key) (Client, error) {
	if !validName(name) {
		return Client{}, ErrName
	}
	if _, err := ParseScopes(FormatScopes(scopes)); err != nil {
		return Client{}, err
	}
	return Client{Name: name, Scopes: scopes, Keys: []Key{first}, Made: first.Made}, nil
}

const maxName = 40

func validName(s string) bool {
	return s != "" && len(s) <= maxName && s[0] >= 'a' && s[0] <= 'z' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// May tells whether the client may do this.
func (c Client) May(s Scope) bool { return slices.Contains(c.Scopes, s) }

// Revoked tells whether the client has no key any more.
func (c Client) Revoked() bool { return len(c.Keys) == 0 }

// Rotate adds a key beside the one in use. A suspended client gets it instead of all
// others, whoever has those, and is suspended no more.
func (c Client) Rotate(k Key) (Client, error) {
	switch {
	case c.Revoked():
		return c, ErrUnknown
	case !c.Suspended.IsZero():
		c.Keys, c.Suspended = []Key{k}, time.Time{}
		return c, nil
	case len(c.Keys) >= maxKeys:
		return c, ErrTwoKeys
	}
	c.Keys = append(slices.Clone(c.Keys), k)
	return c, nil
}

// Revoke ends the key of this id, or with an empty one every key, which ends the client.
func (c Client) Revoke(id string) (Client, error) {
	if c.Revoked() {
		return c, ErrUnknown
	}
	if id == "" {
		c.Keys = nil
		return c, nil
	}
	left := slices.DeleteFunc(slices.Clone(c.Keys), func(k Key) bool { return k.ID() == id })
	if len(left) == len(c.Keys) {
		return c, ErrNoKey
	}
	c.Keys = left
	return c, nil
}

// Suspend makes every key useless until Rotate. Suspending again changes nothing.
func (c Client) Suspend(at time.Time) (Client, error) {
	if c.Revoked() {
		return c, ErrUnknown
	}
	if c.Suspended.IsZero() {
		c.Suspended = at
	}
	return c, nil
}

// String says what may be told about a client in a log.
func (c Client) String() string {
	ids := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		ids[i] = k.ID()
	}
	s := fmt.Sprintf("client %s: may %s, keys %s", c.Name, FormatScopes(c.Scopes), strings.Join(ids, " "))
	switch {
	case c.Revoked():
		return "client " + c.Name + ": revoked"
	case !c.Suspended.IsZero():
		s += ", suspended"
	}
	return s
}
