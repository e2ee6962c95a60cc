package agent

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"exposure/internal/audit"
	"exposure/internal/ratelimit"
	"exposure/internal/session"
)

const (
	audienceAgent = "agent" // of sessions

	agentIdle     = 15 * time.Minute
	agentAbsolute = 10 * time.Hour

	// hashWait is how long a sign-in waits for room to hash. Two at a time are some 50 in a
	// second on a server's cores.
	hashWait = 5 * time.Second
)

// AccountLimits counts what failed: Borrow takes of all counters or of none and returns
// *ratelimit.Exceeded over one, with the name of the first and the usage of each all the same;
// any other error means that it could not be checked. Return gives that back, once.
type AccountLimits interface {
	Borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, []ratelimit.Usage, error)
	Return(ctx context.Context, loan ratelimit.Loan) error
}

// AccountKeys computes under the server's keys, and seals sessions.
type AccountKeys interface {
	AccountSecrets
	session.Sealer
	NetworkTag(b []byte) [16]byte
}

// AccountsConfig configures Accounts. All but Words, Over, HashWait and Now are required.
type AccountsConfig struct {
	Roll    Roll
	Log     Recorder
	Limits  AccountLimits
	Keys    AccountKeys
	Backend session.Backend // of the sessions
	// Open tells whether the desk is open at a time: the hours of the help line and what is
	// before and after them, or Always.
	Open     func(time.Time) bool
	Words    []string             // names of the shop and of the incident: they are in no password
	Over     func(ratelimit.Name) // is told when a limit on failed sign-ins is met; it must not wait
	HashWait time.Duration        // how long a sign-in waits for room to hash; default 5 s
	Now      func() time.Time
}

// Always is a desk that never closes.
func Always(time.Time) bool { return true }

// Accounts lets agents in. It is safe for concurrent use.
//
// Whoever tries an account that there is not meets the same work and the same answer as with
// a wrong password. A sign-in that was right is told only once it is on record, in one
// transaction with the use of its second factor, so that no code is ever used twice.
type Accounts struct {
	c        AccountsConfig
	sessions *session.Store
	hashing  hashing
	nobody   Account // stands for accounts that there are not
}

// NewAccounts checks the configuration.
func NewAccounts(c AccountsConfig) (*Accounts, error) {
	if c.Roll == nil || c.Log == nil || c.Limits == nil || c.Keys == nil || c.Backend == nil || c.Open == nil {
		return nil, errors.New("agent: Roll, Log, Limits, Keys, Backend or Open is missing")
	}
	if c.Over == nil {
		c.Over = func(ratelimit.Name) {}
	}
	if c.HashWait == 0 {
		c.HashWait = hashWait
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	sessions, err := session.New(session.Config{Backend: c.Backend, Sealer: c.Keys, Idle: agentIdle, Absolute: agentAbsolute, Now: c.Now})
	if err != nil {
		return nil, fmt.Errorf("agent: %w", err)
	}
	nobody, _, _ := equipFactors(c.Keys, Account{Name: unknown, Disabled: true, Password: dummy(c.Keys).String()})
	return &Accounts{c: c, sessions: sessions, hashing: newHashing(c.HashWait), nobody: nobody}, nil
}

// attempt is a sign-in as it is tried.
type attempt struct {
	name, password, second string
	network                [16]byte
	at                     time.Time
}

// SignIn begins a session. ErrSignIn whatever is not accepted; *ratelimit.Exceeded when too
// many sign-ins failed from this address, whatever the account; ErrOutsideHours;
// ErrUnavailable when it cannot be judged now.
func (a *Accounts) SignIn(ctx context.Context, from netip.Addr, name, password, second string) (SignedIn, error) {
	now := a.c.Now()
	if !a.c.Open(now) {
		return SignedIn{}, ErrOutsideHours
	}
	name, _ = foldName(name)
	network := a.network(from)
	loan, err := a.borrow(ctx, ratelimit.Counter{Name: ratelimit.AgentIP, Key: hex.EncodeToString(network[:])}, a.counter(name))
	if err != nil {
		return SignedIn{}, err
	}
	password, _ = foldPassword(password)
	in, err := a.signIn(ctx, attempt{name, password, second, network, now})
	a.settle(ctx, loan, err)
	return in, err
}

// errWrong: an attempt was judged wrong, but that could not be put on record.
var errWrong = errors.New("not on record")

// settle gives back what an attempt was charged that was not judged wrong.
func (a *Accounts) settle(ctx context.Context, loan ratelimit.Loan, err error) {
	if !errors.Is(err, ErrSignIn) && !errors.Is(err, errWrong) {
		_ = a.c.Limits.Return(ctx, loan) // or the allowance is one smaller until its window ends
	}
}

// borrow charges a try as if it had failed. An account that was tried too often is refused
// like a wrong password.
func (a *Accounts) borrow(ctx context.Context, counters ...ratelimit.Counter) (ratelimit.Loan, error) {
	loan, usages, err := a.c.Limits.Borrow(ctx, counters...)
	over := new(ratelimit.Exceeded)
	switch {
	case err == nil:
		return loan, nil
	case !errors.As(err, &over):
		return loan, fmt.Errorf("%w: checking a limit: %w", ErrUnavailable, err)
	}
	a.c.Over(over.Name)
	if over.Name == ratelimit.AgentSignIn {
		return loan, ErrSignIn
	}
	// The address's own wait: the account's, if it is longer, would tell that others try it.
	return loan, &ratelimit.Exceeded{Name: over.Name, RetryAfter: usages[0].Reset}
}

func (a *Accounts) counter(name string) ratelimit.Counter {
	tag := a.c.Keys.NetworkTag([]byte("agent-sign-in " + name))
	return ratelimit.Counter{Name: ratelimit.AgentSignIn, Key: hex.EncodeToString(tag[:])}
}

// network stands for where somebody comes from: a whole /64 of IPv6 is one customer's.
func (a *Accounts) network(from netip.Addr) [16]byte {
	from = from.Unmap().WithZone("")
	bits := 64
	if from.Is4() {
		bits = 32
	}
	p, _ := from.Prefix(bits) // of no address at all: all such share one
	return a.c.Keys.NetworkTag([]byte("agent-ip " + p.String()))
}

// signIn judges an attempt. The error is ErrSignIn or errWrong exactly when it was judged
// wrong.
func (a *Accounts) signIn(ctx context.Context, t attempt) (SignedIn, error) {
	account, known, err := a.find(ctx, t.name)
	if err != nil {
		return SignedIn{}, err
	}
	hash, right, err := a.judge(ctx, account, t.password)
	if err != nil {
		return SignedIn{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	_, _, proven := account.prove(a.c.Keys, t.second, t.at)
	if !known || !right || !proven || account.Disabled {
		return SignedIn{}, a.refuse(ctx, t, known, audit.AgentSignIn)
	}
	in, err := a.admit(ctx, t, account, hash)
	if errors.Is(err, ErrSignIn) {
		return SignedIn{}, a.refuse(ctx, t, known, audit.AgentSignIn)
	}
	return in, err
}

// find reads the account of a name; nobody's when there is none.
func (a *Accounts) find(ctx context.Context, name string) (account Account, known bool, err error) {
	account, err = a.c.Roll.Account(ctx, name)
	switch {
	case err == nil:
		return account, true, nil
	case errors.Is(err, ErrNoAccount):
		return a.nobody, false, nil
	}
	return Account{}, false, fmt.Errorf("%w: reading an account: %w", ErrUnavailable, err)
}

// judge tells whether it is the account's password, and how it is to be stored from now on.
func (a *Accounts) judge(ctx context.Context, account Account, password string) (hash string, right bool, err error) {
	d, ok := parseDigest(account.Password)
	if !ok {
		return "", false, fmt.Errorf("%w: a password's hash is not understood", ErrUnavailable)
	}
	hash = account.Password
	err = a.hashing.do(ctx, func() {
		right = d.verify(a.c.Keys, account.Name, password)
		if right && d.stale(a.c.Keys) {
			d, before := newDigest(a.c.Keys, account.Name, password)
			d.sum = d.of(before)
			hash = d.String()
		}
	})
	return hash, right, err
}

// refuse puts a refusal on record.
func (a *Accounts) refuse(ctx context.Context, t attempt, known bool, what audit.Action) error {
	name := t.name
	if !known {
		name = unknown
	}
	entry := audit.Entry{At: t.at, Actor: audit.Actor{Kind: audit.Agent, ID: name}, Action: what, Outcome: audit.Refused, Network: t.network}
	if err := a.c.Log.Append(ctx, entry); err != nil {
		return fmt.Errorf("%w: %w: %w", ErrUnavailable, errWrong, err)
	}
	return ErrSignIn
}

// admit uses the second factor up, on the account as it stands now, and begins a session.
func (a *Accounts) admit(ctx context.Context, t attempt, read Account, hash string) (SignedIn, error) {
	entry := audit.Entry{At: t.at, Actor: audit.Actor{Kind: audit.Agent, ID: t.name}, Action: audit.AgentSignIn, Outcome: audit.Done, Network: t.network}
	left := -1
	after, err := a.c.Roll.Change(ctx, entry, t.name, func(now Account) (Account, error) {
		next, paper, proven := now.prove(a.c.Keys, t.second, t.at)
		if !proven || now.Disabled || now.Epoch != read.Epoch || now.Password != read.Password {
			return now, ErrSignIn
		}
		if left = -1; paper {
			left = next.PapersLeft()
		}
		if next.SignedIn = t.at; hash != next.Password { // another key writes, maybe
			next.Password, next.TOTP = hash, a.sealedAnew(next)
		}
		return next, nil
	})
	if errors.Is(err, ErrSignIn) {
		return SignedIn{}, err
	}
	if err != nil {
		return SignedIn{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	token, ends, err := a.sessions.Issue(ctx, session.Record{Audience: audienceAgent, Subject: subjectOf(after)})
	if err != nil {
		return SignedIn{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return SignedIn{Token: token, Agent: after.agent(token, ends), PaperCodesLeft: left}, nil
}

// sealedAnew is an account's secret under the key that writes now.
func (a *Accounts) sealedAnew(of Account) []byte {
	secret, err := a.c.Keys.OpenAccount(of.TOTP, []byte(of.Name))
	if err != nil {
		return of.TOTP // a paper code let its owner in
	}
	return a.c.Keys.SealAccount(secret, []byte(of.Name))
}

// subject is what an agent's session stands for.
type subject struct {
	Name  string `json:"n"`
	Epoch int64  `json:"e"`
}

func subjectOf(a Account) string {
	b, err := json.Marshal(subject{a.Name, a.Epoch})
	if err != nil {
		panic("agent: encoding a session: " + err.Error()) // a string and a number always encode
	}
	return string(b)
}
