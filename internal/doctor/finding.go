package doctor

import (
	"fmt"
	"io"
)

// Severity says how bad a finding is.
type Severity string

// The severities. Warning and worse are something to put right.
const (
	OK      Severity = "ok"      // looked at, and well
	Note    Severity = "note"    // worth knowing, nothing to put right
	Warning Severity = "warning" // works now, will hurt later or in part
	Error   Severity = "error"   // keeps customers from being answered, or makes it unsafe
)

// Finding is one thing that was looked at.
type Finding struct {
	Area     string   `json:"area"` // configuration, keys, incident, database …
	Severity Severity `json:"severity"`
	What     string   `json:"what"`
	Do       string   `json:"do,omitempty"` // what to do; empty for ok
}

// Report is everything that was found.
type Report struct {
	Version  int       `json:"version"` // of this form
	Well     bool      `json:"well"`    // nothing to put right
	Findings []Finding `json:"findings"`
}

// patient collects the findings of one area.
type patient struct {
	area     string
	findings []Finding
}

func (p *patient) add(s Severity, do, what string, args ...any) {
	p.findings = append(p.findings, Finding{p.area, s, fmt.Sprintf(what, args...), do})
}

func (p *patient) ok(what string, args ...any)          { p.add(OK, "", what, args...) }
func (p *patient) note(do, what string, args ...any)    { p.add(Note, do, what, args...) }
func (p *patient) warn(do, what string, args ...any)    { p.add(Warning, do, what, args...) }
func (p *patient) trouble(do, what string, args ...any) { p.add(Error, do, what, args...) }

// NewReport sums findings up, in the order they were made.
func NewReport(findings []Finding) Report {
	r := Report{Version: 1, Well: true, Findings: findings}
	for _, f := range findings {
		if f.Severity == Warning || f.Severity == Error {
			r.Well = false
		}
	}
	return r
}

// Write prints the report for people.
func (r Report) Write(w io.Writer) error {
	count := map[Severity]int{}
	for _, f := range r.Findings {
		count[f.Severity]++
		if _, err := fmt.Fprintf(w, "%-8s %-14s %s\n", f.Severity, f.Area, f.What); err != nil {
			return err
		}
		if f.Do == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-8s %-14s -> %s\n", "", "", f.Do); err != nil {
			return err
		}
	}
	if r.Well {
		_, err := fmt.Fprintln(w, "\nAll well.")
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d errors, %d warnings.\n", count[Error], count[Warning])
	return err
}
