package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

type explainCmd struct {
	exports `embed:""`
	Email   string `placeholder:"ADDR" help:"The address to explain."`
	Record  string `placeholder:"RECORD" help:"Or a record of the shop: order/2417, member/12, delivery/2417/0. So recipients are found, who have no address."`
	Letter  string `placeholder:"N" help:"Or the number of a letter: whose it is in the published version. - reads it from standard input."`
	Version int64  `placeholder:"N" help:"Version; the published one if left out."`
	Lang    string `enum:"ja,en," default:"" placeholder:"ja|en" help:"Language; that of the terminal if left out."`
}

func (explainCmd) Help() string {
	return `Example:
  exposurectl explain --email hanako@example.jp
  exposurectl explain --record order/2417
  exposurectl explain --letter -
  exposurectl explain --email hanako@example.jp --shop eccube2 --members all_members.csv --orders all_orders.csv \
      --items order_items.csv --deliveries deliveries.csv --settlements card_settlements.csv

Rule by rule, why the people at this address are listed: each condition with its verdict, and no values. A version keeps
this only of people on a list or on the review list; with the exports given, it also says of everybody else why not.
It is recorded in the audit log before it is printed. Needs the operator's key file.

--letter - reads the number, one line, from standard input: what stands on the command line stays in the shell's history and
in the list of processes, and whoever has the number reads the report.`
}

func (c explainCmd) Run(p *program) error {
	address, err := c.address()
	if err != nil {
		return err
	}
	if c.Letter, err = p.letterNumber("--letter", c.Letter); err != nil {
		return err
	}
	in, words, err := p.incident()
	if err != nil {
		return err
	}
	db, keys, err := p.store()
	if err != nil {
		return err
	}
	defer db.Close()
	entry := p.entry(audit.Explain)
	tags := keys.Tags(address)
	tag := tags.Newest()
	var found []roster.Explanation
	switch versions := db.Roster(keys, in.Digest); {
	case c.Letter != "":
		found, err = c.ofLetter(p, versions, db.Letters(keys, in.Digest), keys, &entry)
	case c.Record != "":
		entry.Detail = "of one record"
		found, entry.Version, err = c.ofRecord(p, versions)
	case c.Shop != "":
		entry.Tag, entry.Detail = &tag, "from the exports"
		found, err = c.fromExports(p, in, words, address)
	default:
		entry.Tag = &tag
		found, entry.Version, err = c.fromVersion(p, versions, tags)
	}
	if err != nil {
		return err
	}
	return c.tell(p, db.Audit(keys), entry, in, found)
}

// tell prints what was found once it is on record that it was asked.
func (c explainCmd) tell(p *program, log *sqlstore.Audit, entry audit.Entry, in *breach.Incident, found []roster.Explanation) error {
	if err := log.Append(p.ctx, entry); err != nil {
		return fmt.Errorf("recording that this was asked: %w", err)
	}
	switch {
	case len(found) == 0 && c.Letter != "":
		fmt.Fprintf(p.Out, "Nobody's letter has this number in version %d: it was never drawn, was replaced or closed, or its person is on no list any more.\n", entry.Version)
		return nil
	case len(found) == 0 && c.Shop == "":
		fmt.Fprintf(p.Out, "Version %d keeps nothing about this: nobody it belongs to is on a list or waits for a decision.\n"+
			"Give the exports (--shop, --members, --orders, …) with --email to see why not.\n", entry.Version)
		return nil
	}
	return roster.WriteExplanation(p.Out, in, c.locale(), found)
}

// recordName is how a version names a record of the shop.
var recordName = regexp.MustCompile(`^(order|member|list|first_notice)/[^/]+$|^delivery/[^/]+/[^/]+$`)

func (c explainCmd) address() (email.Address, error) {
	switch {
	case c.asked() != 1:
		return email.Address{}, usagef("say one of --email ADDR, --record RECORD and --letter N")
	case c.Shop != "" && (c.Email == "" || c.Version != 0):
		return email.Address{}, usagef("--record, --letter and --version look into a version; with exports, give --email alone")
	case c.Letter != "" && c.Version != 0:
		return email.Address{}, usagef("--letter looks into the published version")
	case c.Record != "" && !recordName.MatchString(c.Record):
		return email.Address{}, usagef("--record wants order/NUMBER, member/NUMBER or delivery/ORDER/NUMBER")
	case c.Email == "":
		return email.Address{}, nil
	}
	a, err := email.Parse(c.Email)
	if err != nil {
		return email.Address{}, usagef("--email is no e-mail address")
	}
	return a, nil
}

// asked is how many ways were given to say who is meant.
func (c explainCmd) asked() (n int) {
	for _, s := range []string{c.Email, c.Record, c.Letter} {
		if s != "" {
			n++
		}
	}
	return n
}

func (c explainCmd) locale() breach.Locale {
	lang := c.Lang
	if lang == "" {
		lang = os.Getenv("LC_ALL") + os.Getenv("LC_MESSAGES") + os.Getenv("LANG")
	}
	if strings.HasPrefix(lang, "ja") {
		return breach.Japanese
	}
	return breach.English
}

// fromExports evaluates the rules anew, for this address only.
func (c explainCmd) fromExports(p *program, in *breach.Incident, words *incident.Vocabulary, a email.Address) ([]roster.Explanation, error) {
	o, err := c.options(p, in, words)
	if err != nil {
		return nil, err
	}
	if o.Decided, err = p.decided(); err != nil {
		return nil, err
	}
	result, err := roster.ImportShop(p.ctx, o)
	if err != nil {
		return nil, err
	}
	return result.Explain(a), nil
}

// fromVersion opens what a version keeps of the people at an address.
func (c explainCmd) fromVersion(p *program, versions *sqlstore.Roster, tags breach.Tags) ([]roster.Explanation, int64, error) {
	operator, version, err := c.opening(p, versions)
	if err != nil {
		return nil, 0, err
	}
	answer, err := versions.AnswerIn(p.ctx, version, tags)
	if err != nil {
		return nil, 0, err
	}
	found, err := ofPersons(p, operator, versions, version, answer.Persons)
	return found, version, err
}

// ofPersons opens what a version keeps of these people.
func ofPersons(p *program, operator *vault.Operator, versions *sqlstore.Roster, version int64, persons []breach.Person) (found []roster.Explanation, err error) {
	for _, seen := range persons {
		stored, err := versions.Person(p.ctx, version, seen.Ref)
		if err != nil {
			return nil, err
		}
		e, err := explanation(operator, stored.Handle, stored.Evidence, stored.Person)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}

// ofRecord opens what a version keeps of everybody, to find whose the record is.
func (c explainCmd) ofRecord(p *program, versions *sqlstore.Roster) ([]roster.Explanation, int64, error) {
	operator, version, err := c.opening(p, versions)
	if err != nil {
		return nil, 0, err
	}
	var found []roster.Explanation
	err = versions.Diff(p.ctx, 0, version, func(each sqlstore.Change) error {
		e, err := explanation(operator, each.Handle, each.EvidenceAfter, *each.After)
		if err == nil && slices.ContainsFunc(e.Evidence, func(v roster.Evidence) bool { return c.names(v.Record) }) {
			found = append(found, e)
		}
		return err
	})
	return found, version, err
}

// names tells whether a record is the asked one, or a delivery of the asked order.
func (c explainCmd) names(record string) bool {
	order, isOrder := strings.CutPrefix(c.Record, "order/")
	return record == c.Record || isOrder && strings.HasPrefix(record, "delivery/"+order+"/")
}

// opening is the operator's key and the version that is asked about.
func (c explainCmd) opening(p *program, versions *sqlstore.Roster) (*vault.Operator, int64, error) {
	operator, err := p.operator()
	if err != nil || c.Version != 0 {
		return operator, c.Version, err
	}
	published, err := versions.Published(p.ctx)
	return operator, published.ID, err
}

// explanation opens what a version keeps of one person.
func explanation(operator *vault.Operator, handle breach.Handle, sealed []byte, person breach.Person) (roster.Explanation, error) {
	plain, err := operator.OpenEvidence(sealed, handle[:])
	if err != nil {
		return roster.Explanation{}, fmt.Errorf("opening the evidence (is it this installation's operator key?): %w", err)
	}
	evidence, err := roster.DecodeEvidence(plain)
	if err != nil {
		return roster.Explanation{}, err
	}
	e := roster.Explanation{Kind: person.Kind, Review: person.Review, Evidence: evidence}
	for _, x := range person.Exposures {
		e.Cohorts = append(e.Cohorts, x.Cohort)
	}
	return e, nil
}
