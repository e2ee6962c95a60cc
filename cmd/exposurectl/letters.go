package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"exposure/internal/audit"
	"exposure/internal/notify"
	"exposure/internal/otp"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type lettersCmd struct {
	onePerson  `embed:"" set:"who=Who writes the letters; recorded, not verified."`
	CSV        string `name:"csv" type:"path" placeholder:"F" help:"File to write the letters to; it must not be there yet."`
	ByHand     string `name:"by-hand" type:"path" placeholder:"F" help:"File to write to what has to be done by hand."`
	AllMissing bool   `name:"all-missing" help:"Everybody on a list who has no e-mail address, besides whoever is named; what is done if nobody is named."`
	For        string `type:"existingfile" placeholder:"F" help:"Further people, one in a line: an e-mail address, or the number of a member."`
	Replace    bool   `help:"With --for: also who has a number that counts. It is worth nothing then."`
	Reissue    string `placeholder:"NUMBER" help:"Another letter instead of the one with this number, which is worth nothing then. - reads it from standard input."`
	Mended     string `type:"existingfile" placeholder:"F" help:"A file of --by-hand, with names and addresses corrected."`
	Requests   bool   `help:"Answer the letters that callers asked for."`
	JSON       bool   `name:"json" help:"Print as JSON."`
	Commit     bool   `help:"Do it; without this nothing is changed and no number drawn."`
}

func (lettersCmd) Help() string {
	return `Example:
  exposurectl letters --by "Sato Hana"
  exposurectl letters --csv letters.csv --by-hand byhand.csv --by "Sato Hana" --commit
  exposurectl letters --csv more.csv --by-hand more-byhand.csv --requests --by "Sato Hana" --commit
  exposurectl letters --csv again.csv --reissue - --by "Sato Hana" --commit

One letter for everybody on the published lists who has no e-mail address: recipients, and customers whose address cannot be
read. The file holds the number that opens the person's report, the check number, and where the letter goes: print it and
destroy it. Whoever has a number that counts is left out, so that the same command may be run again after an import.

Numbers stand in F.unfinished, on the disk, before the first of them counts; then they are kept, a hundred at a time, and
the file gets its name. If that is interrupted, F.unfinished may hold numbers that count and others that are worth nothing:
run the same command again, which keeps the former, drops the latter and ends the work. Never print F.unfinished.

What cannot be printed (no address, a character that the shop's export lost) is on the list by hand, without a number.
Correct it there and give the file with --mended. A request that fits exactly one person, by name, postal code and address,
is answered by a letter with a number to the address that the shop has; one that fits nobody by a letter that says so, of
kind nothing_found and without a number, and a line on the list by hand. The names are recorded, not verified. Needs the
operator's key file.

--reissue - reads the number, one line, from standard input: what stands on the command line stays in the shell's history and
in the list of processes. The number opens the report until it is replaced.

JSON: {"committed","version","listed","letters":{KIND:N},"have_number","by_hand":{REASON:N},"kept","answered"}: kept are
letters of a run that was interrupted, answered the requests that were.`
}

// lettered is what was done, as scripts read it.
type lettered struct {
	Committed  bool                  `json:"committed"`
	Version    int64                 `json:"version"`
	Listed     int                   `json:"listed"`
	Letters    map[notify.Kind]int   `json:"letters"`
	HaveNumber int                   `json:"have_number"`
	ByHand     map[notify.Reason]int `json:"by_hand"`
	Kept       int                   `json:"kept"`
	Answered   int                   `json:"answered"`
}

// letterDesk is what the command works with.
type letterDesk struct {
	*program
	lettersCmd
	db       *sqlstore.DB
	keys     *vault.Server
	operator *vault.Operator
	roster   *sqlstore.Roster
	letters  *sqlstore.Letters
	version  sqlstore.Version
	issued   audit.Entry // what is recorded of each number
}

func (c lettersCmd) Run(p *program) error {
	if err := c.check(); err != nil {
		return err
	}
	issued, err := c.entry(p, audit.LetterIssue, "")
	if err != nil {
		return err
	}
	number, err := p.letterNumber("--reissue", c.Reissue)
	if err != nil {
		return err
	}
	c.Reissue = number
	d, err := p.letterDesk(c)
	if err != nil {
		return err
	}
	defer d.db.Close()
	d.issued = issued
	out := newLetterFile(c.CSV)
	kept, err := d.interrupted(out)
	if err != nil {
		return err
	}
	plan, err := d.plan(kept)
	if err != nil {
		return err
	}
	done := counted(plan)
	done.Kept = len(kept)
	if c.Commit {
		if done.Answered, err = d.commit(out, kept, &plan); err != nil {
			return err
		}
		done.Committed = true
	}
	return d.report(done)
}

// counted is what a plan comes to.
func counted(plan notify.Plan) lettered {
	all := lettered{Version: plan.Version, Listed: plan.Listed, HaveNumber: plan.HaveNumber, Letters: map[notify.Kind]int{}, ByHand: map[notify.Reason]int{}}
	for _, l := range plan.Letters {
		all.Letters[l.Kind]++
	}
	for _, h := range plan.ByHand {
		all.ByHand[h.Reason]++
	}
	return all
}

func (c lettersCmd) check() error {
	switch {
	case c.Commit && c.CSV == "":
		return usagef("say where the letters go: --csv FILE")
	case c.Replace && c.For == "":
		return usagef("--replace goes with --for FILE")
	case c.CSV != "" && c.CSV == c.ByHand:
		return usagef("--csv and --by-hand are one file")
	}
	return nil
}

func (p *program) letterDesk(c lettersCmd) (*letterDesk, error) {
	in, _, err := p.incident()
	if err != nil {
		return nil, err
	}
	operator, err := p.operator()
	if err != nil {
		return nil, err
	}
	db, keys, err := p.store()
	if err != nil {
		return nil, err
	}
	d := &letterDesk{
		program: p, lettersCmd: c, db: db, keys: keys, operator: operator,
		roster: db.Roster(keys, in.Digest), letters: db.Letters(keys, in.Digest),
	}
	if d.version, err = d.roster.Published(p.ctx); err != nil {
		if errors.Is(err, sqlstore.ErrNoVersion) {
			err = errors.New("no version is published yet: letters go to the people of the published one")
		}
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

// lists are the people of the published version.
type lists struct {
	*sqlstore.Roster
	*sqlstore.Letters
}

// plan says who gets a letter. Requests that letters of an interrupted run answer are left out.
func (d *letterDesk) plan(kept []letterRow) (notify.Plan, error) {
	order, unread, err := d.order(kept)
	if err != nil {
		return notify.Plan{}, err
	}
	add, end := d.bar("looking for who gets a letter", d.version.Persons)
	defer end()
	plan, err := notify.Planner{
		People: lists{d.roster, d.letters}, Opener: d.operator, Tags: d.keys.Tags, Progress: add,
		Fold: func(p notify.Place) notify.Place {
			f := roster.Postal{Name: p.Name, Zip: p.PostalCode, Address: p.Address}.Fold()
			return notify.Place{Name: f.Name, PostalCode: f.Zip, Address: f.Address}
		},
	}.Plan(d.ctx, d.version.ID, d.version.TagKeyID, order)
	plan.ByHand = append(plan.ByHand, unread...)
	return plan, err
}

func (d *letterDesk) bar(what string, total int64) (add func(int), end func()) {
	b := d.storing()
	if b == nil || total == 0 {
		return func(int) {}, func() {}
	}
	b.Begin(what, total)
	return func(n int) { b.Add(int64(n)) }, b.End
}

// commit writes the files, keeps the numbers, and answers the requests, in this order: see
// Help for what an interruption leaves.
func (d *letterDesk) commit(out letterFile, kept []letterRow, plan *notify.Plan) (answered int, err error) {
	hand := newLetterFile(d.ByHand)
	if err := errors.Join(out.free(), hand.free()); err != nil {
		return 0, err
	}
	if len(plan.ByHand) > 0 && d.ByHand == "" {
		return 0, usagef("%d people or requests have to be seen to by hand: say --by-hand FILE. Nothing was changed", len(plan.ByHand))
	}
	plan.Draw(otp.DrawLetterNumber)
	rows := append(kept, d.rows(plan.Letters)...)
	if len(rows)+len(plan.ByHand) == 0 {
		return 0, nil
	}
	if err := hand.write(byHandColumns(), handRows(plan.ByHand)); err != nil {
		return 0, err
	}
	if err := out.write(letterColumns(), cellsOf(rows)); err != nil {
		return 0, err
	}
	if answered, err = d.keep(out, plan); err != nil {
		return answered, fmt.Errorf("%w; what counts so far is in %s: run the same command again to end the work", err, out.unfinished())
	}
	return answered, errors.Join(hand.finish(), out.finish())
}

// keep keeps the numbers, and looks whether each number of the file counts.
func (d *letterDesk) keep(out letterFile, plan *notify.Plan) (answered int, err error) {
	add, end := d.bar("keeping the numbers", int64(len(plan.Letters)))
	err = plan.Issue(d.ctx, d.letters, d.issued, add)
	end()
	if err != nil {
		return 0, err
	}
	rows, err := out.read()
	if err != nil {
		return 0, err
	}
	count, err := d.counting(rows)
	if err != nil {
		return 0, err
	}
	if len(count) != len(rows) {
		return 0, fmt.Errorf("%d numbers do not count any more: somebody else makes letters at the same time", len(rows)-len(count))
	}
	return d.settle(rows)
}

func (d *letterDesk) report(done lettered) error {
	if d.JSON {
		if err := json.NewEncoder(d.Out).Encode(done); err != nil {
			return err
		}
	} else {
		d.print(done)
	}
	if !d.Commit {
		d.dryRun("these letters would be written and their numbers kept")
	}
	return nil
}

func (d *letterDesk) print(done lettered) {
	fmt.Fprintf(d.Out, "Version %d lists %d people.\n", done.Version, done.Listed)
	for _, kind := range slices.Sorted(maps.Keys(done.Letters)) {
		fmt.Fprintf(d.Out, "%8d  letters: %s\n", done.Letters[kind], kind)
	}
	if done.Kept > 0 {
		fmt.Fprintf(d.Out, "%8d  letters of a run that was interrupted\n", done.Kept)
	}
	fmt.Fprintf(d.Out, "%8d  have a number that counts, and are left out\n", done.HaveNumber)
	for _, reason := range slices.Sorted(maps.Keys(done.ByHand)) {
		fmt.Fprintf(d.Out, "%8d  by hand: %s\n", done.ByHand[reason], reason)
	}
	if done.Committed && d.Requests {
		fmt.Fprintf(d.Out, "%8d  requests answered\n", done.Answered)
	}
}
