package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"exposure/internal/audit"
	"exposure/internal/session"
)

// Who tells whose session a token is, as the account stands now, and prolongs it. ErrSignedOut,
// ErrOutsideHours, ErrUnavailable.
func (a *Accounts) Who(ctx context.Context, token string) (Agent, error) {
	if !a.c.Open(a.c.Now()) {
		return Agent{}, ErrOutsideHours
	}
	r, ends, err := a.sessions.Read(ctx, token, audienceAgent)
	switch {
	case errors.Is(err, session.ErrNoSession):
		return Agent{}, ErrSignedOut
	case err != nil:
		return Agent{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var s subject
	if json.Unmarshal([]byte(r.Subject), &s) != nil {
		return Agent{}, ErrSignedOut
	}
	account, known, err := a.find(ctx, s.Name)
	switch {
	case err != nil:
		return Agent{}, err
	case !known || account.Disabled || account.Epoch != s.Epoch:
		return Agent{}, ErrSignedOut
	}
	return account.agent(token, ends), nil
}

// SignOut ends a session.
func (a *Accounts) SignOut(ctx context.Context, who Agent) error {
	err := a.sessions.End(ctx, who.token, audienceAgent)
	switch {
	case errors.Is(err, session.ErrNoSession):
		return ErrSignedOut
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := a.c.Log.Append(ctx, a.entry(who, audit.AgentSignOut)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (a *Accounts) entry(who Agent, what audit.Action) audit.Entry {
	return audit.Entry{At: a.c.Now(), Actor: audit.Actor{Kind: audit.Agent, ID: who.Name}, Action: what, Outcome: audit.Done}
}

// Trained notes that the agent took a training call to its end.
func (a *Accounts) Trained(ctx context.Context, who Agent) error {
	if who.Trained {
		return nil
	}
	_, err := a.c.Roll.Change(ctx, a.entry(who, audit.AgentTrained), who.Name, func(now Account) (Account, error) {
		if now.Name == "" || now.Disabled {
			return now, ErrSignedOut
		}
		now.Trained = true
		return now, nil
	})
	return outcome(err)
}

// outcome is ErrUnavailable for trouble, and whatever else a step refused with.
func outcome(err error) error {
	if err == nil || errors.Is(err, ErrSignedOut) || errors.Is(err, ErrSignIn) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// ChangePassword replaces a password by one that keeps the rules (ErrPassword). It ends every
// other session of the account; this one goes on. A wrong old one is ErrSignIn, and counts
// like a sign-in that failed.
func (a *Accounts) ChangePassword(ctx context.Context, who Agent, old, new string) error {
	password, err := checkPassword(new, append([]string{who.Name}, a.c.Words...))
	if err != nil {
		return err
	}
	if old, _ = foldPassword(old); old == password {
		return fmt.Errorf("%w: it is the old one", ErrPassword)
	}
	loan, err := a.borrow(ctx, a.counter(who.Name))
	if err != nil {
		return err
	}
	err = a.changePassword(ctx, who, old, password)
	a.settle(ctx, loan, err)
	return err
}

func (a *Accounts) changePassword(ctx context.Context, who Agent, old, new string) error {
	account, known, err := a.find(ctx, who.Name)
	if err != nil {
		return err
	}
	_, right, err := a.judge(ctx, account, old)
	if err != nil {
		return err
	}
	if !known || !right || account.Disabled {
		return a.refuse(ctx, attempt{name: who.Name, at: a.c.Now()}, known, audit.AgentPassword)
	}
	d, before := newDigest(a.c.Keys, who.Name, new)
	if err := a.hashing.do(ctx, func() { d.sum = d.of(before) }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	after, err := a.c.Roll.Change(ctx, a.entry(who, audit.AgentPassword), who.Name, func(now Account) (Account, error) {
		if now.Disabled || now.Epoch != account.Epoch || now.Password != account.Password {
			return now, ErrSignedOut
		}
		now.Password, now.MustChange = d.String(), false
		now.Epoch++
		return now, nil
	})
	if err != nil {
		return outcome(err)
	}
	_, _, err = a.sessions.Rewrite(ctx, who.token, audienceAgent, func(r *session.Record) { r.Subject = subjectOf(after) })
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
