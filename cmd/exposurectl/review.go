package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type reviewCmds struct {
	List   reviewListCmd   `cmd:"" help:"Write the records that somebody has to decide about into a file."`
	Decide reviewDecideCmd `cmd:"" help:"Record decisions: from the filled-in file, or later for all."`
}

type reviewListCmd struct {
	Version int64  `placeholder:"N" help:"Version whose records are listed; the newest one if left out."`
	Out     string `placeholder:"F" type:"path" help:"File to write; the terminal if left out. An existing file is not overwritten."`
	Open    bool   `help:"Only records without a decision, or decided later."`
}

func (reviewListCmd) Help() string {
	return `Example:
  exposurectl review list --out review.csv

Fill in the last column of each line: in (対象), out (対象外) or later (保留), and hand the file to "review decide".
Records are named by the shop's own numbers. Needs the operator's key file.`
}

func (c reviewListCmd) Run(p *program) error {
	_, db, versions, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	version, records, err := reviewed(p, versions, c.Version)
	if err != nil {
		return err
	}
	if c.Open {
		records = slices.DeleteFunc(records, func(r roster.ReviewRecord) bool {
			return r.Decision == breach.DecidedIn || r.Decision == breach.DecidedOut
		})
	}
	if err := c.write(p, records); err != nil {
		return err
	}
	fmt.Fprintf(p.Err, "%d records of version %d.\n", len(records), version)
	return nil
}

func (c reviewListCmd) write(p *program, records []roster.ReviewRecord) error {
	if c.Out == "" {
		return roster.WriteReview(p.Out, slices.Values(records))
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the review list: %w", err)
	}
	err = roster.WriteReview(f, slices.Values(records))
	return errors.Join(err, f.Close())
}

// reviewed opens the records of a version (0: the newest), with what has been decided
// about each by now.
func reviewed(p *program, versions *sqlstore.Roster, version int64) (int64, []roster.ReviewRecord, error) {
	v, err := newest(p, versions, version)
	if err != nil {
		return 0, nil, err
	}
	operator, err := p.operator()
	if err != nil {
		return 0, nil, err
	}
	staged, err := versions.Reviews(p.ctx, v.ID)
	if err != nil {
		return 0, nil, err
	}
	decided, err := versions.DecisionOf(p.ctx)
	if err != nil {
		return 0, nil, err
	}
	keys, err := p.keys()
	if err != nil {
		return 0, nil, err
	}
	var out []roster.ReviewRecord
	for _, s := range staged {
		r, err := openReview(operator, s)
		if err != nil {
			return 0, nil, err
		}
		r.Decision = decided(keys.RecordHandles(r.ID))
		out = append(out, r)
	}
	// People read and compare these lists: by kind, then by number, whatever order keys give.
	slices.SortFunc(out, func(a, b roster.ReviewRecord) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return v.ID, out, nil
}

func openReview(operator *vault.Operator, s breach.StagedReview) (roster.ReviewRecord, error) {
	plain, err := operator.OpenEvidence(s.Sealed, s.Handle[:])
	if err != nil {
		return roster.ReviewRecord{}, fmt.Errorf("opening a record of the review list (is it this installation's operator key?): %w", err)
	}
	return roster.DecodeReview(plain)
}

type reviewDecideCmd struct {
	File    string `type:"existingfile" placeholder:"F" help:"The listed file with the last column filled in."`
	All     string `enum:"later," default:"" placeholder:"later" help:"Leave every record of the version that has no decision yet for later."`
	Reason  string `placeholder:"REASON" help:"With --all: only records that wait for this reason, e.g. staff_keyed_order."`
	Version int64  `placeholder:"N" help:"Version whose records are meant; the newest one if left out."`
	By      string `required:"" placeholder:"NAME" help:"Who decided."`
	Commit  bool   `help:"Do it; without this nothing is changed."`
}

func (reviewDecideCmd) Help() string {
	return `Example:
  exposurectl review decide --file review.csv --by "Sato Hana" --commit
  exposurectl review decide --all later --reason staff_keyed_order --by "Sato Hana" --commit

Decisions are kept for later imports of the same records. "in" and "out" take effect with the next import;
"later" leaves a record open: its person reads that it is still being checked.`
}

func (c reviewDecideCmd) Run(p *program) error {
	switch {
	case (c.File == "") == (c.All == ""):
		return usagef("say either --file FILE or --all later")
	case c.File != "" && c.Reason != "":
		return usagef("--reason goes with --all: a file says which records it means")
	}
	_, db, versions, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	_, records, err := reviewed(p, versions, c.Version)
	if err != nil {
		return err
	}
	decisions, err := c.decisions(p, records)
	if err != nil {
		return err
	}
	return c.record(p, versions, decisions)
}

// decisions are those that change something. A record that the version does not have is
// refused: a decision about a misspelt one would silently do nothing.
func (c reviewDecideCmd) decisions(p *program, records []roster.ReviewRecord) ([]sqlstore.Decided, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	known := map[string]roster.ReviewRecord{}
	for _, r := range records {
		known[r.ID] = r
	}
	asked, err := c.asked(records)
	if err != nil {
		return nil, err
	}
	var out []sqlstore.Decided
	unknown := 0
	for _, d := range asked {
		r, ok := known[d.ID]
		switch {
		case !ok:
			unknown++
		case r.Decision != d.Decision:
			handles := keys.RecordHandles(d.ID)
			out = append(out, sqlstore.Decided{Handle: handles[0], Older: handles[1:], Reason: r.Reason, Decision: d.Decision})
		}
	}
	if unknown > 0 {
		return nil, fmt.Errorf("%d records of the file are not on the review list of this version: list it anew with \"review list\"", unknown)
	}
	return out, nil
}

func (c reviewDecideCmd) asked(records []roster.ReviewRecord) ([]roster.DecidedRecord, error) {
	if c.File != "" {
		return roster.ReadDecisions(c.File)
	}
	var out []roster.DecidedRecord
	reasons := map[string]bool{}
	for _, r := range records {
		reasons[string(r.Reason)] = true
		if r.Decision == "" && (c.Reason == "" || c.Reason == string(r.Reason)) {
			out = append(out, roster.DecidedRecord{ID: r.ID, Decision: breach.DecidedLater})
		}
	}
	if c.Reason != "" && !reasons[c.Reason] {
		return nil, usagef("no record of this version waits for the reason %q; there are %s", c.Reason, strings.Join(slices.Sorted(maps.Keys(reasons)), ", "))
	}
	return out, nil
}

func (c reviewDecideCmd) record(p *program, versions *sqlstore.Roster, decisions []sqlstore.Decided) error {
	counts := map[breach.Decision]int{}
	for _, d := range decisions {
		counts[d.Decision]++
	}
	for _, d := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(p.Out, "%-6s %d records\n", d, counts[d])
	}
	if len(decisions) == 0 {
		fmt.Fprintln(p.Out, "Nothing to decide: every record named has this decision already.")
		return nil
	}
	if !c.Commit {
		p.dryRun(fmt.Sprintf("%d decisions by %s would be recorded", len(decisions), c.By))
		return nil
	}
	entry := p.entry(audit.Review)
	entry.Detail = fmt.Sprintf("%d in, %d out, %d later, decided by %s", counts[breach.DecidedIn], counts[breach.DecidedOut], counts[breach.DecidedLater], c.By)
	if err := versions.Decide(p.ctx, decisions, c.By, entry); err != nil {
		return err
	}
	if counts[breach.DecidedIn]+counts[breach.DecidedOut] > 0 {
		fmt.Fprintln(p.Out, "Recorded. They take effect with the next import of the exports.")
		return nil
	}
	_, err := io.WriteString(p.Out, "Recorded. The version can be published.\n")
	return err
}
