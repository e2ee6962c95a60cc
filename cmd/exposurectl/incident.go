package main

import (
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
)

type incidentCmds struct {
	Check    incidentCheckCmd    `cmd:"" help:"Check an incident file and print its rules as sentences, with their counts if exports are given."`
	Template incidentTemplateCmd `cmd:"" help:"Print a commented incident file to start from."`
}

type incidentTemplateCmd struct {
	Name string `arg:"" optional:"" placeholder:"NAME" help:"Which; the list of them if left out."`
}

func (incidentTemplateCmd) Help() string {
	return `Example:
  exposurectl incident template
  exposurectl incident template card-skimming > incident.yaml`
}

func (c incidentTemplateCmd) Run(p *program) error {
	if c.Name == "" {
		for _, t := range incident.Templates() {
			fmt.Fprintf(p.Out, "%-24s %s\n", t.Name, t.Title)
		}
		return nil
	}
	src, err := incident.ReadTemplate(c.Name)
	if err != nil {
		return usagef("there is no template of that name; \"incident template\" lists them")
	}
	_, err = p.Out.Write(src)
	return err
}

type incidentCheckCmd struct {
	exports `embed:""`
}

func (incidentCheckCmd) Help() string {
	return `Example:
  exposurectl incident check --incident incident.yaml
  exposurectl incident check --incident incident.yaml --shop eccube2 --members all_members.csv --orders all_orders.csv \
      --items order_items.csv --deliveries deliveries.csv --settlements card_settlements.csv

Prints every rule back in words, in English and Japanese. Read them aloud to whoever decided them: a rule that is
well-formed can still be wrong. With a shop's exports it also says how many records and people each rule finds.`
}

func (c incidentCheckCmd) Run(p *program) error {
	in, words, err := p.incident()
	if err != nil {
		return err
	}
	counts := map[breach.CohortID]roster.RuleCount{}
	if c.Shop != "" {
		o, err := c.options(p, in, words)
		if err != nil {
			return err
		}
		result, err := roster.ImportShop(p.ctx, o)
		if err != nil {
			return err
		}
		for _, n := range result.Rules() {
			counts[n.Cohort] = n
		}
	}
	fmt.Fprintf(p.Out, "%s: %d cohorts, %d categories, announced %d people in all, digest %x\n\n",
		in.ID, len(in.Cohorts), len(in.Categories), in.Announced, in.Digest[:8])
	for i := range in.Cohorts {
		printCohort(p, &in.Cohorts[i])
		if n, ok := counts[in.Cohorts[i].ID]; ok {
			printCount(p, &in.Cohorts[i], n)
		}
		fmt.Fprintln(p.Out)
	}
	return nil
}

func printCohort(p *program, c *breach.Cohort) {
	fmt.Fprintf(p.Out, "%s (%s)\n", c.ID, c.Label.In(breach.English))
	if c.Where == nil {
		fmt.Fprintln(p.Out, "  who:        everybody the approved list names")
	} else {
		fmt.Fprintf(p.Out, "  who:        %s\n              %s\n", c.Sentence, incident.SentenceIn(c.Where, breach.Japanese))
	}
	fmt.Fprint(p.Out, "  exposes:    ")
	for i, x := range c.Exposes {
		if i > 0 {
			fmt.Fprint(p.Out, ", ")
		}
		fmt.Fprint(p.Out, x.Category)
		switch {
		case x.When != nil:
			fmt.Fprintf(p.Out, " (if %s)", incident.SentenceIn(x.When, breach.English))
		case x.Flag != "":
			fmt.Fprintf(p.Out, " (if the list says %s)", x.Flag)
		}
	}
	fmt.Fprintf(p.Out, "\n  rules out:  %v\n", c.RulesOut)
	fmt.Fprintf(p.Out, "  announced:  %d people", c.Announced.People)
	if c.Announced.Cards > 0 {
		fmt.Fprintf(p.Out, ", %d cards", c.Announced.Cards)
	}
	fmt.Fprintln(p.Out)
}

func printCount(p *program, c *breach.Cohort, n roster.RuleCount) {
	fmt.Fprintf(p.Out, "  found:      %d people; of %d %s records %d are in, %d are not, of %d it cannot be told\n",
		n.People, n.Yes+n.No+n.Unknown, c.Record, n.Yes, n.No, n.Unknown)
}
