package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"exposure/internal/audit"
)

// Errors of the roll of accounts, for whoever keeps it. Nobody who signs in is told them.
var (
	// ErrNoAccount: it is proven that there is no account of this name.
	ErrNoAccount = errors.New("there is no account of this name")
	// ErrAccountExists: there is one, and it is not disabled.
	ErrAccountExists = errors.New("there is an account of this name already")
	// ErrDisabled: the account is disabled.
	ErrDisabled = errors.New("the account is disabled")
	// ErrName: not 1 to 32 of a-z 0-9 . -, beginning with a letter, or a word of the log.
	ErrName = errors.New("not a name for an account")
)

// Account is an account as it is kept. The zero Account is none.
type Account struct {
	Name     string
	Role     Role
	Disabled bool
	// Epoch grows with whatever ends the account's sessions.
	Epoch    int64
	Password string // argon2id over a keyed hash, with its parameters
	TOTP     []byte // the secret, sealed
	// LastStep is the step of 30 seconds (since 1970) whose code was used last, 0: none.
	LastStep   int64
	Papers     []byte // a key's id, and for each unused paper code what it is under that key
	MustChange bool   // the password is the first one
	Trained    bool
	SignedIn   time.Time // the last time; zero: never
}

// Step is one legal change of an account, or an error, with which nothing is changed. It
// gets the zero Account where there is none. It may be called more than once.
type Step = func(Account) (Account, error)

// Roll keeps the accounts.
//
// Account returns ErrNoAccount only when it is proven that there is none; on any doubt the
// error wraps breach.ErrUnproven. Change takes a step on the account as it stands, so that
// nobody else can change it meanwhile, and commits what became of it together with the
// entry, or neither.
type Roll interface {
	Account(ctx context.Context, name string) (Account, error)
	Change(ctx context.Context, entry audit.Entry, name string, step Step) (Account, error)
}

const maxName = 32

// unknown stands in the log for whoever tried a name that is no account's.
const unknown = "unknown"

// CheckName returns ErrName unless an account may be called so.
func CheckName(name string) error {
	if folded, formed := foldName(name); !formed || folded != name || name == unknown {
		return fmt.Errorf("%w: 1 to %d of a-z 0-9 . - and a letter first, and not %q", ErrName, maxName, unknown)
	}
	return nil
}

// maxNameBytes bounds what is looked at of a name as it was typed.
const maxNameBytes = 4 * maxName * 3

// foldName is the name that somebody means who typed it with a Japanese keyboard, or with
// capitals. Whatever can be nobody's is one and the same name that can be nobody's.
func foldName(typed string) (name string, formed bool) {
	const nobody = "?"
	if len(typed) > maxNameBytes {
		return nobody, false
	}
	name = strings.ToLower(strings.TrimSpace(norm.NFKC.String(typed)))
	if name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return nobody, false
	}
	return name, true
}

// Enrol makes an account, or makes a disabled one anew, with what its owner must be given.
func Enrol(secrets AccountSecrets, before Account, name string, role Role) (Account, Credentials, error) {
	switch {
	case CheckName(name) != nil:
		return Account{}, Credentials{}, CheckName(name)
	case !role.Known():
		return Account{}, Credentials{}, ErrRole
	case before.Name != "" && !before.Disabled:
		return Account{}, Credentials{}, ErrAccountExists
	}
	return equip(secrets, Account{Name: name, Role: role, Epoch: before.Epoch + 1})
}

// Reset gives an account a new password, TOTP secret and paper codes. Its sessions end.
func (a Account) Reset(secrets AccountSecrets) (Account, Credentials, error) {
	switch {
	case a.Name == "":
		return Account{}, Credentials{}, ErrNoAccount
	case a.Disabled:
		return Account{}, Credentials{}, ErrDisabled
	}
	a.Epoch++
	return equip(secrets, a)
}

// Disable ends an account and its sessions.
func (a Account) Disable() (Account, error) {
	if a.Name == "" {
		return Account{}, ErrNoAccount
	}
	if !a.Disabled {
		a.Disabled = true
		a.Epoch++
	}
	return a, nil
}

// PapersLeft is how many paper codes were not used yet.
func (a Account) PapersLeft() int { return max(0, len(a.Papers)-keyIDSize) / macSize }

// agent is who is signed in with the account.
func (a Account) agent(token string, ends time.Time) Agent {
	return Agent{Name: a.Name, Role: a.Role, MustChange: a.MustChange, Trained: a.Trained, Ends: ends, token: token}
}
