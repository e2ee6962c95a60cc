package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// keyQuestion is what the needs of keys are looked up in.
type keyQuestion struct {
	ctx       context.Context
	db        *sqlstore.DB
	keys      *vault.Server
	all       []vault.Info     // of the key files, newest first
	loaded    []audit.Entry    // with which keys servers were started, oldest first
	published sqlstore.Version // zero: none is
}

// keyUse is one way in which keys of some purposes may still be needed: in a store, by what
// lives for a while, or by what people hold. The needs it finds are of the key that was
// asked about and do not name it.
type keyUse struct {
	of  []string // purposes
	ask func(q *keyQuestion, k vault.Info) ([]need, error)
}

// keyUses are all of them, in the order in which the needs of a key are told. Whatever is
// stored under a key has its line here, or the key is retired without a word about it.
func keyUses() []keyUse {
	tag, session, sealed := []string{"tag"}, []string{"session_seal"}, []string{"member_id_seal", "evidence"}
	return []keyUse{
		{tag, (*keyQuestion).answering},
		{tag, living(budgetLives, "guesses are counted by it")},
		{tag, (*keyQuestion).members},
		{tag, counting((*keyQuestion).canaries, false, "%d addresses are only known by it to be canaries: \"canary add\" again")},
		{tag, always(false, "check numbers that people were told are made with it: everybody gets another one, and the old ones are not recognised")},
		{session, living(sealedLives, "sessions, verifications and waiting mails are sealed under it")},
		{session, counting((*keyQuestion).sealedMembers, false, "%d members are told of their new password at an address that only it opens")},
		{[]string{"code_pepper"}, living(codeLives, "mailed codes were made under it")},
		{[]string{"audit_signing"}, always(true, "rows of the audit log, and the guesses that count among them, are proven by it as long as there is the log")},
		{[]string{"check_number"}, always(false, "numbers that people were told are only recognised by it")},
		{[]string{"letter"}, counting((*keyQuestion).letters, false, "%d numbers of printed letters are only known by it: whoever has one is told that it is not known")},
		{[]string{"contacts"}, counting((*keyQuestion).notes, false, "%d notes of the call centre only open with it")},
		{[]string{"contacts"}, (*keyQuestion).contacts},
		{sealed, (*keyQuestion).versions},
		{sealed, (*keyQuestion).accounts},
		{sealed, counting((*keyQuestion).sealedMembers, true, "%d rows about members hold what only it opens: \"reset plan\" and \"contact add\" write them anew")},
	}
}

// needsOf is what still needs keys.
func needsOf(p *program, db *sqlstore.DB, keys *vault.Server, files vault.Files, gone []vault.Info) ([]need, error) {
	q := &keyQuestion{ctx: p.ctx, db: db, keys: keys}
	var err error
	if q.published, err = db.Roster(keys, [32]byte{}).Published(p.ctx); err != nil && !errors.Is(err, sqlstore.ErrNoVersion) {
		return nil, fmt.Errorf("reading what is published: %w", err)
	}
	if q.loaded, err = db.Audit(keys).KeysLoaded(p.ctx); err != nil {
		return nil, err
	}
	if q.all, err = files.Keys(); err != nil {
		return nil, err
	}
	needs := []need{}
	for _, k := range gone {
		for _, use := range keyUses() {
			if !slices.Contains(use.of, k.Purpose) {
				continue
			}
			found, err := use.ask(q, k)
			if err != nil {
				return nil, err
			}
			for _, n := range found {
				n.Key = k.ID
				needs = append(needs, n)
			}
		}
	}
	return needs, nil
}

// always is a need that nothing has to be asked about.
func always(hard bool, what string) func(*keyQuestion, vault.Info) ([]need, error) {
	return func(*keyQuestion, vault.Info) ([]need, error) { return []need{{What: what, Hard: hard}}, nil }
}

// counting is a need if a store counts anything; what says how many with %d.
func counting(count func(*keyQuestion, vault.Info) (int, error), hard bool, what string) func(*keyQuestion, vault.Info) ([]need, error) {
	return func(q *keyQuestion, k vault.Info) ([]need, error) {
		n, err := count(q, k)
		if err != nil || n == 0 {
			return nil, err
		}
		return []need{{What: fmt.Sprintf(what, n), Hard: hard}}, nil
	}
}

// sealedUnder asks a store about what is sealed under a key: it begins with the key's id.
func sealedUnder[T any](ctx context.Context, k vault.Info, ask func(ctx context.Context, id [4]byte) (T, error)) (found T, err error) {
	id, err := hex.DecodeString(k.ID)
	if err != nil {
		return found, err
	}
	return ask(ctx, [4]byte(id))
}
