package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/otp"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type canaryCmds struct {
	Add  canaryAddCmd  `cmd:"" help:"Make a canary of an address, or draw the number of a letter for one."`
	List canaryListCmd `cmd:"" help:"How many there are, and since when; nobody can read from it who they are."`
}

type canaryAddCmd struct {
	onePerson `embed:"" set:"who=Who decided it; recorded, not verified."`
	Email     string `placeholder:"ADDR" help:"An address of yours that nobody else knows. It is not kept in clear." xor:"what" required:""`
	Letter    bool   `help:"Draw the number of a letter to nobody, and print it once." xor:"what" required:""`
	Listed    bool   `help:"Take the address although somebody on the published list has it."`
	Commit    bool   `help:"Do it; without this nothing is changed."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

func (canaryAddCmd) Help() string {
	return `Examples:
  exposurectl canary add --email suzume.9f3a@example.jp --by "Sato Hana" --commit
  exposurectl canary add --letter --by "Sato Hana" --commit

A canary is a person who does not exist. Nobody looks one up but who works through a list that was stolen: then the server
raises the alarm canary-touched and writes a row canary_touched with who asked and when. Whoever asks is answered like
anybody else. Plant each canary in one place only, so that it tells which list was taken:
  - an address: as a customer in a copy of the shop's exports, in a mailing list, in a spreadsheet of the office. Make a
    mailbox of your own for it, on a domain of the shop, that nobody could guess;
  - a letter's number: in the printed list of the letters, or in the file for the printer. It opens no report.
Write down on paper which canary was planted where: from what is kept here nobody can tell. A running server watches a new
canary within seconds. After an old tag key is retired its addresses are no canaries any more: add them again.`
}

// canaryAdded is the outcome as scripts read it.
type canaryAdded struct {
	Version   int                 `json:"version"`
	Committed bool                `json:"committed"`
	Kind      sqlstore.CanaryKind `json:"kind"`
	Number    *string             `json:"letter_number"` // told once; null for an address, and in a dry run
}

func (c canaryAddCmd) Run(p *program) error {
	entry, err := c.entry(p, audit.CanaryAdd, "")
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	kind, tag, number := sqlstore.CanaryLetter, breach.Tag{}, ""
	if c.Letter {
		n := otp.DrawLetterNumber()
		number, tag = n.Grouped(), keys.LetterTags(n.Reveal()).Newest()
	} else if kind, tag, err = c.address(p, db, keys); err != nil {
		return err
	}
	if c.Commit {
		if err := db.Canaries(keys).Add(p.ctx, kind, tag, c.By, entry); err != nil {
			return err
		}
	} else {
		number = "" // one that nothing watches must not be planted
	}
	return c.tell(p, kind, number)
}

// address refuses that of somebody on the list, unless it is meant: who looks up themselves
// would be taken for a thief.
func (c canaryAddCmd) address(p *program, db *sqlstore.DB, keys *vault.Server) (sqlstore.CanaryKind, breach.Tag, error) {
	a, err := email.Parse(c.Email)
	if err != nil {
		return "", breach.Tag{}, usagef("--email is no e-mail address")
	}
	in, _, err := p.incident()
	if err != nil {
		return "", breach.Tag{}, err
	}
	tags := keys.Tags(a)
	_, answer, err := db.Roster(keys, in.Digest).Answer(p.ctx, tags)
	switch {
	case errors.Is(err, sqlstore.ErrNoVersion):
	case err != nil:
		return "", breach.Tag{}, err
	case answer.Listed() && !c.Listed:
		return "", breach.Tag{}, errors.New("somebody on the published list has this address: take one that no customer has, or say --listed if you planted that person yourself")
	}
	return sqlstore.CanaryAddress, tags.Newest(), nil
}

func (c canaryAddCmd) tell(p *program, kind sqlstore.CanaryKind, number string) error {
	if c.JSON {
		out := canaryAdded{Version: 1, Committed: c.Commit, Kind: kind}
		if number != "" {
			out.Number = &number
		}
		return json.NewEncoder(p.Out).Encode(out)
	}
	switch {
	case !c.Commit && kind == sqlstore.CanaryLetter:
		p.dryRun("the number of a letter to nobody would be drawn and watched")
	case !c.Commit:
		p.dryRun("this address would be watched")
	case kind == sqlstore.CanaryAddress:
		fmt.Fprintln(p.Err, "Watched. Plant it in one place, and write down where: from what is kept here nobody can tell.")
	default:
		fmt.Fprintln(p.Err, "The number below is shown once and kept nowhere: plant it in one place, e.g. the printed list of the letters, and write down where.")
		_, err := fmt.Fprintln(p.Out, number)
		return err
	}
	return nil
}

type canaryListCmd struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

func (canaryListCmd) Help() string {
	return `Example:
  exposurectl canary list`
}

// canaryLine is a canary as scripts read it.
type canaryLine struct {
	Kind sqlstore.CanaryKind `json:"kind"`
	At   time.Time           `json:"added_at"`
	By   string              `json:"by"`
}

func (c canaryListCmd) Run(p *program) error {
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Canaries(keys).List(p.ctx)
	if err != nil {
		return err
	}
	lines := []canaryLine{}
	for _, one := range all {
		lines = append(lines, canaryLine(one))
	}
	if c.JSON {
		return json.NewEncoder(p.Out).Encode(map[string]any{"version": 1, "canaries": lines})
	}
	fmt.Fprintf(p.Out, "%d canaries are watched.\n", len(lines))
	for _, l := range lines {
		if _, err := fmt.Fprintf(p.Out, "  %s  added %s by %s\n", l.Kind, l.At.Format(time.DateOnly), l.By); err != nil {
			return err
		}
	}
	return nil
}
