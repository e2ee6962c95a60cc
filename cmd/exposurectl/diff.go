package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type diffCmd struct {
	Version int64 `placeholder:"N" help:"The newer version; the one imported last if left out."`
	Against int64 `placeholder:"M" help:"The version to compare with; the one that was published when N was imported if left out."`
	People  bool  `help:"Name every changed person by the shop's own record numbers. Needs the operator's key file, and is audited."`
	JSON    bool  `name:"json" help:"Print as JSON."`
}

func (diffCmd) Help() string {
	return `Example:
  exposurectl diff --version 2
  exposurectl diff --version 2 --against 1 --people

Who is told something else than before: added, removed, changed; and whose addresses alone are others (readdressed).`
}

// change is one changed person, as scripts read it.
type change struct {
	Kind    sqlstore.ChangeKind `json:"kind"`
	Records []string            `json:"records"`
	Before  []breach.CohortID   `json:"before"`
	After   []breach.CohortID   `json:"after"`
}

type difference struct {
	Version  int64                       `json:"version"`
	Against  int64                       `json:"against"`
	Counts   map[sqlstore.ChangeKind]int `json:"counts"`
	People   []change                    `json:"people,omitempty"`
	operator *vault.Operator
}

func (c diffCmd) Run(p *program) error {
	_, db, versions, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	d, err := c.versions(p, versions)
	if err != nil {
		return err
	}
	if c.People {
		if d.operator, err = p.operator(); err != nil {
			return err
		}
		keys, err := p.keys()
		if err != nil {
			return err
		}
		entry := p.entry(audit.Explain)
		entry.Version, entry.Detail = d.Version, fmt.Sprintf("people who differ from version %d", d.Against)
		if err := db.Audit(keys).Append(p.ctx, entry); err != nil {
			return fmt.Errorf("recording that this was asked: %w", err)
		}
	}
	if err := versions.Diff(p.ctx, d.Against, d.Version, d.add); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(d)
	}
	return d.write(p.Out)
}

func (c diffCmd) versions(p *program, r *sqlstore.Roster) (*difference, error) {
	v, err := newest(p, r, c.Version)
	if err != nil {
		return nil, err
	}
	d := &difference{Version: v.ID, Against: c.Against, Counts: map[sqlstore.ChangeKind]int{}}
	if d.Against == 0 {
		d.Against = v.Base
	}
	if d.Against == 0 {
		return nil, errors.New("nothing was published when this version was imported: say what to compare it with, --against M")
	}
	return d, nil
}

func (d *difference) add(c sqlstore.Change) error {
	kind := told(c)
	d.Counts[kind]++
	if d.operator == nil {
		return nil
	}
	out := change{Kind: kind, Records: []string{}, Before: held(c.Before), After: held(c.After)}
	for _, sealed := range [][]byte{c.EvidenceBefore, c.EvidenceAfter} {
		if len(sealed) == 0 {
			continue
		}
		plain, err := d.operator.OpenEvidence(sealed, c.Handle[:])
		if err != nil {
			return fmt.Errorf("opening the evidence (is it this installation's operator key?): %w", err)
		}
		evidence, err := roster.DecodeEvidence(plain)
		if err != nil {
			return err
		}
		for _, e := range evidence {
			if !slices.Contains(out.Records, e.Record) {
				out.Records = append(out.Records, e.Record)
			}
		}
	}
	d.People = append(d.People, out)
	return nil
}

// told is how the answer of a person changes. A version also knows people who are on no
// list and wait for a decision: when that decision lists them, they are new on the list.
func told(c sqlstore.Change) sqlstore.ChangeKind {
	before, after := len(held(c.Before)) > 0, len(held(c.After)) > 0
	switch {
	case after && !before:
		return sqlstore.Added
	case before && !after:
		return sqlstore.Removed
	case c.Kind == sqlstore.Readdressed:
		return c.Kind
	default:
		return sqlstore.Changed
	}
}

func held(p *breach.Person) []breach.CohortID {
	ids := []breach.CohortID{}
	if p == nil {
		return ids
	}
	for _, e := range p.Exposures {
		ids = append(ids, e.Cohort)
	}
	return ids
}

// words of the kinds of change, in the order they are printed.
func changeWords() []struct {
	kind   sqlstore.ChangeKind
	en, ja string
} {
	return []struct {
		kind   sqlstore.ChangeKind
		en, ja string
	}{
		{sqlstore.Added, "on the list now", "新しく対象"},
		{sqlstore.Removed, "not on the list any more", "対象から外れた"},
		{sqlstore.Changed, "told something else", "お知らせの内容が変わった"},
		{sqlstore.Readdressed, "the same answer, other addresses", "メールアドレスだけが変わった"},
	}
}

func (d *difference) write(w io.Writer) error {
	fmt.Fprintf(w, "Version %d compared with version %d\n\n", d.Version, d.Against)
	for _, k := range changeWords() {
		fmt.Fprintf(w, "  %6d  %-33s %s\n", d.Counts[k.kind], k.en, k.ja)
	}
	for _, c := range d.People {
		fmt.Fprintf(w, "\n%s: %s\n  before: %s\n  after:  %s\n", c.Kind, strings.Join(c.Records, ", "), names(c.Before), names(c.After))
	}
	return nil
}

func names(ids []breach.CohortID) string {
	if len(ids) == 0 {
		return "on no list"
	}
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}
