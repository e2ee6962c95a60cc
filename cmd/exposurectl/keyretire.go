package main

import (
	"context"
	"encoding/json"
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
	if err := c.tell(p, needs); err != nil {
		return err
	}
	if !c.Commit {
		p.dryRun(fmt.Sprintf("%s would be removed from the key files", named(gone)))
		return nil
	}
	return c.commit(p, f, func(id string, entry audit.Entry) error { return leaveKey(p, db, keys, id, entry) }, changed, gone)
}

// tell prints what still needs the keys, and refuses when that stops it.
func (c keyRetireCmd) tell(p *program, needs []need) (err error) {
	stopped := c.stopped(needs)
	if c.JSON {
		err = json.NewEncoder(p.Out).Encode(map[string]any{"retired": c.Commit && !stopped, "needs": needs})
	} else {
		for _, n := range needs {
			fmt.Fprintln(p.Out, n)
		}
	}
	if err == nil && stopped {
		fmt.Fprintln(p.Err, "Not retired: the above still needs it. What has no time, or whose time you cannot wait for, can be waived with --although REASON, unless customers are answered by it.")
		err = errRefused
	}
	return err
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

// leaveKey has each store ready for the end of a tag key, with the entry that says so.
func leaveKey(p *program, db *sqlstore.DB, keys *vault.Server, id string, entry audit.Entry) error {
	for _, store := range []interface {
		LeaveKey(ctx context.Context, id string, entry audit.Entry) error
	}{
		db.Tickets(keys), db.Canaries(keys), db.Letters(keys, [32]byte{}), db.Agents(keys),
		db.Roster(keys, [32]byte{}), // last: its entry says that the key is retired
	} {
		if err := store.LeaveKey(p.ctx, id, entry); err != nil {
			return err
		}
	}
	return nil
}
