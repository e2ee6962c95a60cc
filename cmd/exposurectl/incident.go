package main

import (
	"fmt"

	"exposure/internal/breach"
	"exposure/internal/incident"
)

type incidentCmds struct {
	Check incidentCheckCmd `cmd:"" help:"Check an incident file and print its rules as sentences."`
}

type incidentCheckCmd struct{}

func (incidentCheckCmd) Help() string {
	return `Example:
  exposurectl incident check --incident incident.yaml

Prints every rule back in words. Read them aloud to whoever decided them: a rule that is well-formed can still be wrong.`
}

func (incidentCheckCmd) Run(p *program) error {
	in, _, err := p.incident()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "%s: %d cohorts, %d categories, announced %d people in all, digest %x\n\n",
		in.ID, len(in.Cohorts), len(in.Categories), in.Announced, in.Digest[:8])
	for i := range in.Cohorts {
		printCohort(p, &in.Cohorts[i])
	}
	return nil
}

func printCohort(p *program, c *breach.Cohort) {
	fmt.Fprintf(p.Out, "%s (%s)\n", c.ID, c.Label.In(breach.English))
	if c.Where == nil {
		fmt.Fprintln(p.Out, "  who:        everybody the approved list names")
	} else {
		fmt.Fprintf(p.Out, "  who:        %s\n", c.Sentence)
	}
	fmt.Fprint(p.Out, "  exposes:    ")
	for i, x := range c.Exposes {
		if i > 0 {
			fmt.Fprint(p.Out, ", ")
		}
		fmt.Fprint(p.Out, x.Category)
		switch {
		case x.When != nil:
			fmt.Fprintf(p.Out, " (if %s)", incident.Sentence(x.When))
		case x.Flag != "":
			fmt.Fprintf(p.Out, " (if the list says %s)", x.Flag)
		}
	}
	fmt.Fprintf(p.Out, "\n  rules out:  %v\n", c.RulesOut)
	fmt.Fprintf(p.Out, "  announced:  %d people", c.Announced.People)
	if c.Announced.Cards > 0 {
		fmt.Fprintf(p.Out, ", %d cards", c.Announced.Cards)
	}
	fmt.Fprint(p.Out, "\n\n")
}
