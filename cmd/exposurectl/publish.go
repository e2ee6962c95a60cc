package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"

	"golang.org/x/term"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

type publishCmd struct {
	Version   int64 `required:"" placeholder:"N" help:"Version to publish, as printed by import."`
	twoPeople `embed:"" set:"who=Who publishes."`
	Override  string `placeholder:"REASON" help:"Publish although the figures differ, or although something else was decided since, for this recorded reason."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
}

func (publishCmd) Help() string {
	return `Example:
  exposurectl publish --version 1 --by "Sato Hana" --approved-by "Ito Ken" --commit

Customers are answered from this version at once; publishing an older version goes back to it. The two names, your
login and this machine's name are recorded, not verified. On a terminal the approver types the announced figures.`
}

func (c publishCmd) Run(p *program) error {
	in, db, roster, err := p.roster()
	if err != nil {
		return err
	}
	defer db.Close()
	version, err := roster.Version(p.ctx, c.Version)
	if err != nil {
		return err
	}
	publication := sqlstore.Publication{By: c.By, ApprovedBy: c.ApprovedBy, Override: c.Override}
	publication.OSUser, publication.Host = whoAmI()
	waived, err := c.waived(p, roster, version, publication)
	if err != nil {
		return err
	}
	if err := c.tellChanges(p, roster, version); err != nil {
		return err
	}
	for _, w := range waived {
		fmt.Fprintf(p.Err, "Waived by --override: %s.\n", w)
	}
	if !c.Commit {
		p.dryRun(fmt.Sprintf("version %d would be published by %s, approved by %s (recorded, not verified)", c.Version, c.By, c.ApprovedBy))
		return nil
	}
	if err := askFigures(p, in, c.ApprovedBy); err != nil {
		return err
	}
	entry := p.entry(audit.Publish)
	entry.Detail = strings.Join(append([]string{"published by " + c.By, "approved by " + c.ApprovedBy}, waived...), "; ")
	if err := roster.Publish(p.ctx, c.Version, publication, entry); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "Version %d is published. The names were recorded, not verified.\n", c.Version)
	return nil
}

// waived says what the recorded reason lets pass, or why the version cannot be published.
func (c publishCmd) waived(p *program, r *sqlstore.Roster, v sqlstore.Version, terms sqlstore.Publication) ([]string, error) {
	var out []string
	differs, err := c.refuseDifference(p, v)
	if err != nil {
		return nil, err
	}
	if differs {
		out = append(out, "the figures differ from the announced ones")
	}
	terms.Override = ""
	err = r.Publishable(p.ctx, c.Version, terms)
	if errors.Is(err, sqlstore.ErrDecidedSince) && strings.TrimSpace(c.Override) != "" {
		return append(out, "something else was decided since it was imported"), nil
	}
	return out, unpublishable(err, c.Version)
}

// unpublishable says what to do about records that stand in the way.
func unpublishable(err error, version int64) error {
	switch {
	case errors.Is(err, sqlstore.ErrUndecided):
		return fmt.Errorf("%w; decide with \"exposurectl review list --version %d --out review.csv\" and \"review decide\", or leave them open with \"review decide --all later\"", err, version)
	case errors.Is(err, sqlstore.ErrDecidedSince):
		return fmt.Errorf("%w: import the exports again, so that the decisions take effect; to go back all the same, say why: --override REASON", err)
	}
	return err
}

// tellChanges says how many people will be told something else than now. After a new tag key nobody can: that must
// not keep the version from being published, or the old key could never be retired.
func (c publishCmd) tellChanges(p *program, r *sqlstore.Roster, v sqlstore.Version) error {
	now, err := r.Published(p.ctx)
	if errors.Is(err, breach.ErrUnproven) {
		return nil // nothing answers now, or what is published cannot be compared with
	}
	if err != nil {
		return err
	}
	d := &difference{Version: v.ID, Against: now.ID, Counts: map[sqlstore.ChangeKind]int{}}
	err = r.Diff(p.ctx, d.Against, d.Version, d.add)
	if errors.Is(err, sqlstore.ErrOtherNames) {
		_, err = fmt.Fprintf(p.Out, "Who is told something else than by version %d cannot be said: %v.\n"+
			"Compare the figures of both with \"exposurectl reconcile\".\n\n", d.Against, err)
		return err
	}
	if err != nil {
		return err
	}
	if err := d.write(p.Out); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Out)
	return err
}

// refuseDifference tells whether the figures differ, for a recorded reason.
func (c publishCmd) refuseDifference(p *program, v sqlstore.Version) (differs bool, err error) {
	var summary struct {
		Differs bool `json:"differs"`
	}
	if err := json.Unmarshal(v.Summary, &summary); err != nil {
		return false, fmt.Errorf("reading the reconciliation of version %d: %w", c.Version, err)
	}
	if !summary.Differs || strings.TrimSpace(c.Override) != "" {
		return summary.Differs, nil
	}
	fmt.Fprintf(p.Err, "Version %d differs from the announced figures. Look at \"exposurectl reconcile --version %d\";\n"+
		"to publish it all the same, say why: --override REASON\n", c.Version, c.Version)
	return true, errRefused
}

// askFigures lets the approver type what was announced, when a person sits there. It is
// a moment to notice the wrong file, not a lock.
func askFigures(p *program, in *breach.Incident, approver string) error {
	f, ok := p.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return confirmFigures(p.In, p.Err, in, approver)
}

func confirmFigures(r io.Reader, w io.Writer, in *breach.Incident, approver string) error {
	lines := bufio.NewScanner(r)
	ask := func(what string, want int) error {
		fmt.Fprintf(w, "%s, please type the announced number of %s: ", approver, what)
		if !lines.Scan() || strings.ReplaceAll(strings.TrimSpace(lines.Text()), ",", "") != strconv.Itoa(want) {
			fmt.Fprintln(w, "That is not the announced figure in the incident file. Nothing was changed.")
			return errRefused
		}
		return nil
	}
	for _, c := range in.Cohorts {
		if c.Announced.People == 0 {
			continue
		}
		if err := ask(fmt.Sprintf("people in %q", c.ID), c.Announced.People); err != nil {
			return err
		}
	}
	return ask("people in all", in.Announced)
}

func whoAmI() (login, host string) {
	login, host = "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return login, host
}
