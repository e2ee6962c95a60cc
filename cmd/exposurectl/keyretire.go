package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"exposure/internal/audit"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type keyRetireCmd struct {
	IDs      []string `arg:"" name:"id" help:"Keys to remove, as \"key list\" names them."`
	Although string   `placeholder:"REASON" help:"Remove them although something may still need them, for this recorded reason. What customers are answered by cannot be waived."`
	Commit   bool     `help:"Do it; without this nothing is changed."`
	JSON     bool     `name:"json" help:"Print as JSON."`
}

func (keyRetireCmd) Help() string {
	return `Example:
  exposurectl key retire 1f2e3d4c --commit

Refuses while something living needs a key, and says what and until when. A retired key is gone from the file: what was made
under it can only be opened with the copy in the safe. Restart every server afterwards, all at once: codes that were mailed
in the last 24 hours before the end of a tag key are then refused, and people ask for a new one.`
}

// need is something that still needs a key.
type need struct {
	Key   string     `json:"key"`
	What  string     `json:"what"`
	Until *time.Time `json:"until"` // nil: no time ends it
	Hard  bool       `json:"hard"`  // no reason waives it
}

func (n need) String() string {
	if n.Until != nil {
		return fmt.Sprintf("%s: %s, until %s", n.Key, n.What, n.Until.UTC().Format(time.RFC3339))
	}
	return n.Key + ": " + n.What
}

func (c keyRetireCmd) Run(p *program) error {
	f, err := p.changeKeys()
	if err != nil {
		return err
	}
	defer f.close()
	if done, err := f.finish(p, c.Commit); done || err != nil {
		return err
	}
	changed, gone, err := f.files().Retire(c.IDs...)
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	needs, err := needsOf(p, db, keys, f.files(), gone)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(p.Out).Encode(map[string]any{"retired": c.Commit && !c.stopped(needs), "needs": needs})
	} else {
		for _, n := range needs {
			fmt.Fprintln(p.Out, n)
		}
	}
	if err != nil {
		return err
	}
	if c.stopped(needs) {
		fmt.Fprintln(p.Err, "Not retired: the above still needs it. What has no time, or whose time you cannot wait for, can be waived with --although REASON, unless customers are answered by it.")
		return errRefused
	}
	if !c.Commit {
		p.dryRun(fmt.Sprintf("%s would be removed from the key files", named(gone)))
		return nil
	}
	return c.commit(p, f, func(id string, entry audit.Entry) error { return leaveKey(p, db, keys, id, entry) }, changed, gone)
}

func (c keyRetireCmd) stopped(needs []need) bool {
	hard := slices.ContainsFunc(needs, func(n need) bool { return n.Hard })
	return hard || len(needs) > 0 && strings.TrimSpace(c.Although) == ""
}

func (c keyRetireCmd) commit(p *program, f *keyFiles, leave func(id string, entry audit.Entry) error, to vault.Files, gone []vault.Info) error {
	entry := p.entry(audit.KeyRetired)
	entry.Detail = named(gone)
	if c.Although != "" {
		entry.Detail += "; although: " + c.Although
	}
	leaving := "" // of the tag keys, at most the oldest goes at a time
	for _, k := range gone {
		if k.Purpose == "tag" {
			leaving = k.ID
		}
	}
	if err := f.replace(p, to, func() error { return leave(leaving, entry) }); err != nil {
		return err
	}
	fmt.Fprintln(p.Err, "Retired. Give the new file to every server and restart them, all at once.")
	return nil
}

// leaveKey has the database ready for the end of a tag key, with the entry that says so.
func leaveKey(p *program, db *sqlstore.DB, keys *vault.Server, id string, entry audit.Entry) error {
	if err := db.Tickets(keys).LeaveKey(p.ctx, id, entry); err != nil {
		return err
	}
	if err := db.Canaries(keys).LeaveKey(p.ctx, id, entry); err != nil {
		return err
	}
	if err := db.Letters(keys, [32]byte{}).LeaveKey(p.ctx, id, entry); err != nil {
		return err
	}
	if err := db.Agents(keys).LeaveKey(p.ctx, id, entry); err != nil {
		return err
	}
	return db.Roster(keys, [32]byte{}).LeaveKey(p.ctx, id, entry)
}

// How long what was made under a key goes on living once nothing more is made under it.
const (
	budgetLives = 30 * 24 * time.Hour // guesses count against a person
	codeLives   = 25 * time.Hour      // long codes, and an hour in the outbox before
	sealedLives = time.Hour           // sessions, verifications, waiting mails
)

// needsOf is what still needs keys.
func needsOf(p *program, db *sqlstore.DB, keys *vault.Server, files vault.Files, gone []vault.Info) ([]need, error) {
	published, err := db.Roster(keys, [32]byte{}).Published(p.ctx)
	if err != nil && !errors.Is(err, sqlstore.ErrNoVersion) {
		return nil, fmt.Errorf("reading what is published: %w", err)
	}
	loaded, err := db.Audit(keys).KeysLoaded(p.ctx)
	if err != nil {
		return nil, err
	}
	all, err := files.Keys()
	if err != nil {
		return nil, err
	}
	needs := []need{}
	for _, k := range gone {
		switch k.Purpose {
		case "tag":
			if published.TagKeyID == k.ID {
				needs = append(needs, need{k.ID, fmt.Sprintf("version %d, by which customers are answered, was made under it: import again and publish that", published.ID), nil, true})
			}
			needs = append(needs, still(k, all, loaded, budgetLives, "guesses are counted by it")...)
			more, err := memberNeeds(p, db.Resets(keys), k)
			if err != nil {
				return nil, err
			}
			needs = append(needs, more...)
			canaries, err := db.Canaries(keys).Needs(p.ctx, k.ID)
			if err != nil {
				return nil, err
			}
			if canaries > 0 {
				needs = append(needs, need{k.ID, fmt.Sprintf("%d addresses are only known by it to be canaries: \"canary add\" again", canaries), nil, false})
			}
			needs = append(needs, need{k.ID, "check numbers that people were told are made with it: everybody gets another one, and the old ones are not recognised", nil, false})
		case "session_seal":
			needs = append(needs, still(k, all, loaded, sealedLives, "sessions, verifications and waiting mails are sealed under it")...)
			more, err := noticeNeeds(p, db.Resets(keys), k)
			if err != nil {
				return nil, err
			}
			needs = append(needs, more...)
		case "code_pepper":
			needs = append(needs, still(k, all, loaded, codeLives, "mailed codes were made under it")...)
		case "audit_signing":
			needs = append(needs, need{k.ID, "rows of the audit log, and the guesses that count among them, are proven by it as long as there is the log", nil, true})
		case "check_number":
			needs = append(needs, need{k.ID, "numbers that people were told are only recognised by it", nil, false})
		case "letter":
			more, err := letterNeeds(p, db.Letters(keys, [32]byte{}), k)
			if err != nil {
				return nil, err
			}
			needs = append(needs, more...)
		case "contacts":
			more, err := contactNeeds(p, db, keys, k)
			if err != nil {
				return nil, err
			}
			needs = append(needs, more...)
		case "member_id_seal", "evidence":
			more, err := sealedNeeds(p, db, keys, k, published)
			if err != nil {
				return nil, err
			}
			needs = append(needs, more...)
		}
	}
	return needs, nil
}

// memberNeeds is what is kept about members that only a tag key finds or proves.
func memberNeeds(p *program, resets *sqlstore.Resets, k vault.Info) (needs []need, err error) {
	n, err := resets.Needs(p.ctx, k.ID)
	for _, what := range []struct {
		rows int
		text string
	}{
		{n.Resets, "forced resets are only found by it: \"reset plan\" writes them anew"},
		{n.Holds, "that resets are held, or are not any more, is only proven by it: \"reset hold\" and \"reset hold --release\" write it anew"},
		{n.Contacts, "addresses that stand for login addresses are only known by it: \"contact add\" writes them anew"},
		{n.Prints, "passwords of members can only be compared by it: \"reset plan\" reads those anew that are only planned; the others are done with once they are barred"},
	} {
		if what.rows > 0 {
			needs = append(needs, need{k.ID, fmt.Sprintf("%d %s", what.rows, what.text), nil, true})
		}
	}
	return needs, err
}

// noticeNeeds are the members whose completed reset is told to an address that only a key
// opens.
func noticeNeeds(p *program, resets *sqlstore.Resets, k vault.Info) ([]need, error) {
	id, err := hex.DecodeString(k.ID)
	if err != nil {
		return nil, err
	}
	n, err := resets.Sealed(p.ctx, [4]byte(id))
	if err != nil || n == 0 {
		return nil, err
	}
	return []need{{k.ID, fmt.Sprintf("%d members are told of their new password at an address that only it opens", n), nil, false}}, nil
}

// contactNeeds are the versions whose contacts, for letters and notices, and the notes of
// tickets, which open with a key only.
// The pair has one id; it is asked about once.
func contactNeeds(p *program, db *sqlstore.DB, keys *vault.Server, k vault.Info) (needs []need, err error) {
	id, err := hex.DecodeString(k.ID)
	if err != nil || k.Operator {
		return nil, err
	}
	notes, err := db.Tickets(keys).Sealed(p.ctx, [4]byte(id))
	if err != nil {
		return nil, err
	}
	if notes > 0 {
		needs = append(needs, need{k.ID, fmt.Sprintf("%d notes of the call centre only open with it", notes), nil, false})
	}
	versions, err := db.SealedUnder(p.ctx, [4]byte(id))
	for _, v := range versions {
		needs = append(needs, need{k.ID, fmt.Sprintf("names and addresses of the people of version %d, for letters, only open with it: import again and publish that", v), nil, false})
	}
	return needs, err
}

// sealedNeeds are the versions that hold something sealed under a key.
func sealedNeeds(p *program, db *sqlstore.DB, keys *vault.Server, k vault.Info, published sqlstore.Version) ([]need, error) {
	id, err := hex.DecodeString(k.ID)
	if err != nil {
		return nil, err
	}
	versions, err := db.SealedUnder(p.ctx, [4]byte(id))
	var needs []need
	for _, v := range versions {
		n := need{k.ID, fmt.Sprintf("version %d holds what only it opens", v), nil, v == published.ID}
		if n.Hard {
			n.What += ", and is published: import again and publish that"
		}
		needs = append(needs, n)
	}
	accounts, err3 := db.Agents(keys).Under(p.ctx, [4]byte(id))
	if len(accounts) > 0 {
		needs = append(needs, need{k.ID, "these accounts of the call centre sign in with what only it proves; \"agent reset\" gives them something new: " + strings.Join(accounts, ", "), nil, false})
	}
	rows, err2 := db.Resets(keys).Sealed(p.ctx, [4]byte(id))
	if rows > 0 {
		needs = append(needs, need{k.ID, fmt.Sprintf("%d rows about members hold what only it opens: \"reset plan\" and \"contact add\" write them anew", rows), nil, true})
	}
	return needs, errors.Join(err, err2, err3)
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
		return []need{{k.ID, "no server was started with the key that follows it, or one was started without it since", nil, false}}
	}
	from := *since
	for _, o := range all {
		if o.Purpose == k.Purpose && slices.Contains(newer, o.ID) && o.Writes.After(from) {
			from = o.Writes
		}
	}
	if until := from.Add(lives); time.Now().Before(until) {
		return []need{{k.ID, what, &until, false}}
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
