package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Errors of changing key files.
var (
	// ErrNoPurpose: there is no key for such a purpose.
	ErrNoPurpose = errors.New("there is no key for this purpose")
	// ErrTooManyKeys: as many keys of a purpose live as may.
	ErrTooManyKeys = errors.New("too many keys of one purpose live: retire an old one first")
	// ErrInUse: the key writes, or will, or another must go before it.
	ErrInUse = errors.New("this key cannot be retired")
	// ErrNoKey: no key of the files has this id.
	ErrNoKey = errors.New("no key has this id")
	// ErrOperatorFile: the keys to change are, wholly or in part, in the operator's file.
	ErrOperatorFile = errors.New("this needs the operator's key file as well")
)

// contacts names both keys of the pair that seals and opens contacts.
const contacts = "contacts"

// Duty is what a key of a file does now.
type Duty string

// The duties.
const (
	Writes Duty = "writes" // what is made now is made under it
	Waits  Duty = "waits"  // it opens, and will write when its time has come
	Opens  Duty = "opens"  // what was made under it before is still known
)

// Info is what may be told about a key: everything but the key.
type Info struct {
	ID       string
	Purpose  string // "contacts" for both halves of the pair
	Operator bool   // it is in the operator's file
	Created  time.Time
	Writes   time.Time // from when it writes, if that is later than Created
	Duty     Duty
}

// Purposes are the names by which keys are rotated.
func Purposes() []string {
	var all []string
	for _, p := range serverPurposes() {
		all = append(all, p.name())
	}
	return append(all, string(purposeEvidence))
}

func (p purpose) name() string {
	if p == purposeContacts || p == purposeContactsS {
		return contacts
	}
	return string(p)
}

// delayed tells whether nodes that have the new key and nodes that have not yet would not
// understand each other: what one makes the other must open.
func (p purpose) delayed() bool {
	return p == purposeSession || p == purposePepper || p == purposeAudit
}

// Files are the contents of the two key files of an installation. Operator may be nil
// where only the server's keys are looked at or changed.
type Files struct{ Server, Operator []byte }

// open reads both files and checks every key in them.
func (f Files) open() (server, operator file, both rings, err error) {
	if server, err = decode(f.Server, kindServer); err != nil {
		return server, operator, both, fmt.Errorf("the server's key file: %w", err)
	}
	if both[0], err = server.ring(serverPurposes()); err != nil {
		return server, operator, both, fmt.Errorf("the server's key file: %w", err)
	}
	if f.Operator == nil {
		return server, operator, both, nil
	}
	if operator, err = decode(f.Operator, kindOperator); err != nil {
		return server, operator, both, fmt.Errorf("the operator's key file: %w", err)
	}
	if both[1], err = operator.ring(operatorPurposes()); err != nil {
		return server, operator, both, fmt.Errorf("the operator's key file: %w", err)
	}
	return server, operator, both, nil
}

// Keys lists the keys of the files, purpose by purpose, newest first.
func (f Files) Keys() ([]Info, error) {
	_, _, rings, err := f.open()
	if err != nil {
		return nil, err
	}
	var all []Info
	for i, purposes := range [][]purpose{serverPurposes(), operatorPurposes()} {
		for _, p := range purposes {
			all = append(all, rings[i].infos(p, i == 1)...)
		}
	}
	return all, nil
}

func (r keyring) infos(p purpose, operator bool) []Info {
	var all []Info
	duty := Waits
	for i, k := range r[p] {
		switch {
		case duty == Writes:
			duty = Opens
		case duty == Waits && (!time.Now().Before(k.writes) || i == len(r[p])-1):
			duty = Writes
		}
		all = append(all, Info{ID: k.name, Purpose: p.name(), Operator: operator, Created: k.created, Writes: k.writes, Duty: duty})
	}
	return all
}

// Rotate adds a new key for each purpose, and returns the files with what was there before
// untouched, and the new keys. After delay the new keys of what several nodes must
// understand of each other write; until then they only open. All others write at once. A
// file that did not change is nil.
func (f Files) Rotate(purposes []string, now time.Time, delay time.Duration) (Files, []Info, error) {
	server, operator, rings, err := f.open()
	switch {
	case err != nil:
		return Files{}, nil, err
	case delay < 0 || delay > maxDelay:
		return Files{}, nil, fmt.Errorf("a new key may wait at most %d days before it writes", maxDelay/24/time.Hour)
	}
	r := rotation{now: now, delay: delay, rings: rings, used: map[string]bool{}}
	for _, e := range slices.Concat(server.Keys, operator.Keys) {
		r.used[e.ID] = true
	}
	n, m := len(server.Keys), len(operator.Keys)
	for _, name := range purposes {
		if err := r.add(name, &server, &operator, f.Operator != nil); err != nil {
			return Files{}, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	out, err := f.changed(server, operator, len(server.Keys) != n, len(operator.Keys) != m)
	if err != nil {
		return Files{}, nil, err
	}
	return out, r.made, nil
}

// rotation is one Rotate.
type rotation struct {
	now   time.Time
	delay time.Duration
	rings rings
	used  map[string]bool // ids of both files
	made  []Info
}

func (r *rotation) add(name string, server, operator *file, both bool) error {
	switch {
	case !slices.Contains(Purposes(), name):
		return ErrNoPurpose
	case (name == contacts || name == string(purposeEvidence)) && !both:
		return ErrOperatorFile
	case name == string(purposeEvidence):
		return r.draw(purposeEvidence, operator, 1)
	case name != contacts:
		return r.draw(purpose(name), server, 0)
	}
	pair, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making the contacts key: %w", err)
	}
	if err := r.draw(purposeContacts, server, 0); err != nil {
		return err
	}
	e := &server.Keys[len(server.Keys)-1]
	e.Secret = pair.PublicKey().Bytes()
	operator.Keys = append(operator.Keys, entry{ID: e.ID, Purpose: purposeContactsS, Created: e.Created, Secret: pair.Bytes()})
	r.made = append(r.made, Info{ID: e.ID, Purpose: contacts, Operator: true, Created: e.Created, Duty: Writes})
	return nil
}

// draw appends a new key, which is the newest of its purpose even if the clock went back.
func (r *rotation) draw(p purpose, into *file, ring int) error {
	if len(r.rings[ring][p]) >= maxLive {
		return ErrTooManyKeys
	}
	e := newEntry(p, r.now, r.used)
	if before := r.rings[ring].newest(p).created; before.After(e.Created) {
		e.Created = before
	}
	duty := Writes
	if p.delayed() && r.delay > 0 {
		e.Writes, duty = e.Created.Add(r.delay), Waits
	}
	into.Keys = append(into.Keys, e)
	r.made = append(r.made, Info{ID: e.ID, Purpose: p.name(), Operator: ring == 1, Created: e.Created, Writes: e.Writes, Duty: duty})
	return nil
}

// Retire removes keys, by their ids, from the files that hold them, and returns the files
// and what is gone. It only knows the files: whether anything living still needs a key is
// for the caller to ask before. It refuses a key that writes or will.
func (f Files) Retire(ids ...string) (Files, []Info, error) {
	server, operator, rings, err := f.open()
	if err != nil {
		return Files{}, nil, err
	}
	var gone []Info
	for _, id := range ids {
		found, err := rings.retirable(id)
		if err != nil {
			return Files{}, nil, fmt.Errorf("%s: %w", id, err)
		}
		gone = append(gone, found...)
	}
	isGone := func(e entry) bool { return slices.Contains(ids, e.ID) }
	n, m := len(server.Keys), len(operator.Keys)
	server.Keys, operator.Keys = slices.DeleteFunc(server.Keys, isGone), slices.DeleteFunc(operator.Keys, isGone)
	out, err := f.changed(server, operator, len(server.Keys) != n, len(operator.Keys) != m)
	return out, gone, err
}

// rings are the keys of the server's file and of the operator's.
type rings [2]keyring

// retirable finds the key in whichever files hold it.
func (r rings) retirable(id string) (found []Info, err error) {
	for i, purposes := range [][]purpose{serverPurposes(), operatorPurposes()} {
		for _, p := range purposes {
			all := r[i].infos(p, i == 1)
			at := slices.IndexFunc(all, func(k Info) bool { return k.ID == id })
			switch {
			case at < 0:
				continue
			case all[at].Duty != Opens:
				return nil, fmt.Errorf("%w: it is the one for %s that %s; rotate first", ErrInUse, p.name(), all[at].Duty)
			case p == purposeTag && at != len(all)-1:
				return nil, fmt.Errorf("%w: the older tag key %s goes first", ErrInUse, all[len(all)-1].ID)
			}
			found = append(found, all[at])
		}
	}
	if found == nil {
		return nil, ErrNoKey
	}
	return found, nil
}

// changed encodes the files that changed and reads them back: what cannot be loaded is
// never written.
func (f Files) changed(server, operator file, serverToo, operatorToo bool) (out Files, err error) {
	if serverToo {
		if out.Server, err = encode(server); err != nil {
			return Files{}, err
		}
		if _, err = ParseServer(out.Server); err != nil {
			return Files{}, fmt.Errorf("the server's new key file: %w", err)
		}
	}
	if operatorToo {
		if out.Operator, err = encode(operator); err != nil {
			return Files{}, err
		}
		if _, err = ParseOperator(out.Operator); err != nil {
			return Files{}, fmt.Errorf("the operator's new key file: %w", err)
		}
	}
	return out, nil
}

// follows tells whether a file is another one with keys added, or with keys removed, but
// not both, and nothing else changed.
func follows(before, after file) bool {
	kept := func(all []entry, e entry) bool {
		return slices.ContainsFunc(all, func(o entry) bool {
			return o.ID == e.ID && o.Purpose == e.Purpose && o.Created.Equal(e.Created) && o.Writes.Equal(e.Writes) && bytes.Equal(o.Secret, e.Secret)
		})
	}
	within := func(some, all []entry) bool {
		return !slices.ContainsFunc(some, func(e entry) bool { return !kept(all, e) })
	}
	return before.Kind == after.Kind && before.Format == after.Format && (within(before.Keys, after.Keys) || within(after.Keys, before.Keys))
}
