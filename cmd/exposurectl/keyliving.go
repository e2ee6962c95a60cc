package main

import (
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/vault"
)

// How long what was made under a key goes on living once nothing more is made under it.
const (
	budgetLives = 30 * 24 * time.Hour // guesses count against a person
	codeLives   = 25 * time.Hour      // long codes, and an hour in the outbox before
	sealedLives = time.Hour           // sessions, verifications, waiting mails
)

// living is a need that ends by itself.
func living(lives time.Duration, what string) func(*keyQuestion, vault.Info) ([]need, error) {
	return func(q *keyQuestion, k vault.Info) ([]need, error) {
		return still(k, q.all, q.loaded, lives, what), nil
	}
}

// still is a need that ends some time after the last server began to use a newer key.
func still(k vault.Info, all []vault.Info, loaded []audit.Entry, lives time.Duration, what string) []need {
	var since *time.Time
	newer := newerThan(k, all)
	for _, e := range loaded {
		switch id := usedFor(k.Purpose, e.Detail); {
		case !slices.Contains(newer, id):
			since = nil // that server, at least, went back
		case since == nil:
			since = &e.At
		}
	}
	if since == nil {
		return []need{{What: "no server was started with the key that follows it, or one was started without it since"}}
	}
	from := *since
	for _, o := range all {
		if o.Purpose == k.Purpose && slices.Contains(newer, o.ID) && o.Writes.After(from) {
			from = o.Writes
		}
	}
	if until := from.Add(lives); time.Now().Before(until) {
		return []need{{What: what, Until: &until}}
	}
	return nil
}

// newerThan are the ids of the keys of the purpose that are newer: lists are newest first.
func newerThan(k vault.Info, all []vault.Info) (ids []string) {
	for _, o := range all {
		if o.ID == k.ID {
			break
		}
		if o.Purpose == k.Purpose && o.Operator == k.Operator {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

func usedFor(purpose, detail string) string {
	for _, f := range strings.Fields(detail) {
		if id, ok := strings.CutPrefix(f, purpose+"="); ok {
			return id
		}
	}
	return ""
}
