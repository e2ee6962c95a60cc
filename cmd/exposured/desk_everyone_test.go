package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exposure/internal/agent"
	"exposure/internal/live"
	"exposure/internal/wire"
)

// TestEveryChannelTellsTheSame lets everybody of the real exports, and everybody who must be
// on no list, hear on the telephone what the API tells them, and all recipients read their
// letter on both and on the page: field by field the same, check numbers included.
func TestEveryChannelTellsTheSame(t *testing.T) {
	s := realLetterSite(t)
	room := s.postRoom(t)
	people := room.recipients(t)
	numbers := letterNumbers(len(people))
	room.write(t, people, numbers)
	office := openPostOffice(t)
	server := s.serve(t, live.Redis(t), office.url, floorFlags("--limits", tireless)...)
	b := from(server.public, here)
	asked := everyAddress(t)
	queue := make(chan string, len(asked))
	for _, address := range asked {
		queue <- address
	}
	close(queue)
	t.Run("telephone", func(t *testing.T) {
		for i := range 4 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				a := s.hire(t, server.private, fmt.Sprint("agent", i), agent.RoleAgent)
				for address := range queue {
					sameByPhone(t, a, b, office, address)
				}
			})
		}
	})
	a := s.hire(t, server.private, "letters", agent.RoleAgent)
	for _, n := range numbers {
		c := b.proveByLetter(t, n)
		heardSame(t, "a letter", c.Report, a.tellsByLetter(t, a.takes(t), n.Grouped()), jsonReport(t, b, c.Token, "en"))
		if said, _ := readByPage(t, b, n.Grouped()); !cmp.Equal(shown(c.Report), said) {
			t.Fatalf("the page differs from the telephone: %s", cmp.Diff(shown(c.Report), said))
		}
	}
	if len(asked) < 1117 || len(numbers) != 187 {
		t.Errorf("only %d mailboxes and %d letters", len(asked), len(numbers))
	}
}

// everyAddress are the mailboxes of the right answers and of those who are on no list.
func everyAddress(t *testing.T) (all []string) {
	t.Helper()
	seen, mailboxes := map[string]bool{"": true}, 0
	for _, file := range []string{"truth.csv", "noise.csv"} {
		for _, row := range table(t, file) {
			if row["emails"] != "" {
				mailboxes++
			}
			for _, address := range strings.Split(row["emails"]+row["email"], ";") {
				if !seen[address] {
					seen[address] = true
					all = append(all, address)
				}
			}
		}
	}
	if mailboxes != 1057 {
		t.Errorf("%d people have a mailbox, want 1,057", mailboxes)
	}
	return all
}

// sameByPhone lets one person hear their report on the telephone and read it by the API.
func sameByPhone(t *testing.T, a *floorAgent, b *browser, office *postOffice, address string) {
	t.Helper()
	c := b.prove(t, office, address)
	call := a.takes(t)
	a.asks(t, call, address)
	heardSame(t, address, c.Report, a.tells(t, call, office.phoneCode(t, address)), jsonReport(t, b, c.Token, "en"))
}

// heardSame compares all that is told but whether the help line is open at this moment.
func heardSame(t *testing.T, who string, ja wire.Report, told wire.Told, en wire.Report) {
	t.Helper()
	for locale, pair := range map[string][2]wire.Report{"ja": {ja, told.ReportJa}, "en": {en, told.ReportEn}} {
		for i := range pair {
			pair[i].Contact.NextOpen, pair[i].Contact.OpenNow = nil, false
		}
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s, %s: the telephone tells something else (-API +telephone):\n%s", who, locale, diff)
		}
	}
	if len(told.Script) == 0 {
		t.Errorf("%s: there is nothing to say", who)
	}
}
