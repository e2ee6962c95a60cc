package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"exposure/internal/breach"
)

// chart draws figures with bars as wide as the terminal allows, or plainly.
type chart struct {
	to    io.Writer
	width int    // columns; 0: no bars
	block string // one step of a bar
}

// narrowest is a bar below which the figures alone are clearer.
const narrowest = 10

// chart looks at where it is drawn. Block characters need a terminal that says it knows
// them; into a file goes no bar at all.
func (p *program) chart(to io.Writer) chart {
	c := chart{to: to, block: "#"}
	if f, ok := to.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.width, _, _ = term.GetSize(int(f.Fd()))
	}
	if locale := os.Getenv("LC_ALL") + os.Getenv("LC_CTYPE") + os.Getenv("LANG"); strings.Contains(strings.ToUpper(strings.ReplaceAll(locale, "-", "")), "UTF8") {
		c.block = "█"
	}
	return c
}

// japanese is what the shop's people call a state.
func japanese(s breach.ResetState) string {
	switch s {
	case breach.ResetPlanned:
		return "準備中"
	case breach.ResetRequired, breach.ResetTicketIssued:
		return "要変更"
	case breach.ResetChangedUnverified:
		return "確認が必要"
	default:
		return "変更済み"
	}
}

// Widths of the table: the states with their Japanese names, and the figures.
const (
	widestState    = 20
	widestJapanese = 11
	tableWidth     = 2 + widestState + widestJapanese + 8 + 5*8 + 2
)

func (c chart) write(s standing, held string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Password resets, %s\n", s.At)
	if !s.Proof.OK {
		fmt.Fprintf(&b, "NOT PROVEN: %s.\nNo figures are told. Stop the server, keep the database as it is, and run \"exposurectl audit verify\".\n", *s.Proof.Problem)
		_, err := io.WriteString(c.to, b.String())
		return err
	}
	fmt.Fprintf(&b, "%s\n\n  %-*s%*s%8s%8s%8s%8s%8s\n", held, widestState+widestJapanese, "", 8, "members", "< 1 h", "< 1 d", "< 3 d", "< 7 d", "older")
	all := 0
	for _, n := range s.States {
		all += n.Members
	}
	for _, n := range s.States {
		words := japanese(n.State)
		pad := strings.Repeat(" ", widestJapanese-2*len([]rune(words)))
		fmt.Fprintf(&b, "  %-*s%s%s%8d%8d%8d%8d%8d%8d  %s\n", widestState, n.State, words, pad, n.Members,
			n.Ages.Hour, n.Ages.Day, n.Ages.Days3, n.Ages.Days7, n.Ages.Older, c.bar(n.Members, all))
	}
	c.facts(&b, s)
	_, err := io.WriteString(c.to, trimLines(b.String()))
	return err
}

func (c chart) facts(b *strings.Builder, s standing) {
	b.WriteString("\n")
	for _, line := range []struct {
		n    *int // nil: nobody can tell
		what string
	}{
		{s.Barred, "are barred in the shop: the old password and every session are worthless"},
		{s.Unbarred, "are ordered, and the shop has not done it yet"},
		{s.Tickets, "hold a ticket that can be redeemed now"},
		{s.Redeemed, "have redeemed one and are choosing a password"},
		{s.Unverified, "changed the password without a ticket and are not completed: ask them"},
		{s.WithoutWay, "cannot have a ticket by themselves: telephone or write to them, then \"contact add\""},
		{s.NotInPlan, "are of the published version and in no plan: \"reset plan\" again, then order"},
		{&s.Webhooks.Waiting, "wait to be told to the shop by webhook"},
		{&s.Webhooks.Dead, "were given up, because the shop did not take it for a day: \"reset retry\""},
	} {
		if line.n != nil {
			fmt.Fprintf(b, "  %6d  %s\n", *line.n, line.what)
		}
	}
	if s.Version == nil {
		b.WriteString("\nNo version is published yet, so nobody can tell whom its plan leaves out.\n")
	}
	if s.Webhooks.Stopped {
		b.WriteString("\nTHE SHOP SAID THAT ITS WEBHOOK IS GONE FOR GOOD, so it is told nothing: \"reset retry\" goes on.\n")
	}
	if s.Kit != nil {
		b.WriteString("\n" + s.Kit.line())
	}
	b.WriteString("\nEvery row is proven against the audit log.\n")
}

// bar is as long as the share of the whole; what is not nothing is seen.
func (c chart) bar(n, all int) string {
	room := c.width - tableWidth - 1
	if room < narrowest || n == 0 || all == 0 {
		return ""
	}
	return strings.Repeat(c.block, max(1, n*room/all))
}

// trimLines takes blanks off the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
