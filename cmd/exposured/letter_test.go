package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
	"exposure/internal/wire"
)

// letterNumbers are n numbers whose check digits hold, always the same.
func letterNumbers(n int) (all []breach.LetterNumber) {
	for i := 0; len(all) < n; i++ {
		if number, ok := breach.NewLetterNumber(fmt.Sprintf("%012d", 271828182845+int64(i)*314159)); ok {
			all = append(all, number)
		}
	}
	return all
}

// lettersOpen is a line of the incident file that opens the page for letter numbers.
const lettersOpen = "letters_from: 2024-01-10"

// letterSite is a shop with a member and the recipients of these names, who get letters.
func letterSite(t *testing.T, names ...string) site {
	t.Helper()
	s := changedSite(t, `letters_from: null`, lettersOpen)
	s.publishRecipients(t, names...)
	return s
}

// publishRecipients publishes a version with a member and these recipients.
func (s site) publishRecipients(t *testing.T, names ...string) {
	t.Helper()
	in, words, err := incident.LoadAll(s.incident)
	must(t, err)
	rows := "person_key,kind,emails,login_email,member_id,cohorts,flags,cards,withdrawn,first_notice_at,name,postal_code,address\n" +
		"M:1,member,hanako@example.com,hanako@example.com,1,member,gender,,0,,,,\n"
	for i, name := range names {
		rows += fmt.Sprintf("R:%s,recipient,,,,recipient,,,0,,%s,100-%04d,1-%d\n", name, name, i, i)
	}
	list := filepath.Join(t.TempDir(), "approved.csv")
	must(t, os.WriteFile(list, []byte(rows), 0o600))
	result, err := roster.ImportList(t.Context(), list, roster.Options{Incident: in, Vocabulary: words})
	must(t, err)
	s.publish(t, in.Digest, result)
}

// postRoom is where letters are made: an office machine with the same database and keys.
type postRoom struct {
	keys    *vault.Server
	roster  *sqlstore.Roster
	letters *sqlstore.Letters
	version int64
}

func (s site) postRoom(t *testing.T) postRoom {
	t.Helper()
	keys, err := vault.LoadServer(s.keys)
	must(t, err)
	in, err := incident.Load(s.incident)
	must(t, err)
	db, err := sqlstore.Open(t.Context(), s.database)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	p := postRoom{keys: keys, roster: db.Roster(keys, in.Digest), letters: db.Letters(keys, in.Digest)}
	published, err := p.roster.Published(t.Context())
	must(t, err)
	p.version = published.ID
	return p
}

// checkTags are what the check number on the letter of somebody without a mailbox is made of.
func (p postRoom) checkTags(person breach.Handle) breach.Tags {
	return breach.NewTags(breach.KeyedTag{Key: p.keys.TagKeyID(), Tag: breach.Tag(person)})
}

// recipients are everybody of the published version without a mailbox.
func (p postRoom) recipients(t *testing.T) (all []breach.Handle) {
	t.Helper()
	must(t, p.roster.Listed(t.Context(), p.version, func(l sqlstore.ListedPerson) error {
		if l.Kind == breach.KindRecipient {
			all = append(all, l.Handle)
		}
		return nil
	}))
	return all
}

// write issues a number to each person.
func (p postRoom) write(t *testing.T, people []breach.Handle, numbers []breach.LetterNumber) {
	t.Helper()
	var issues []sqlstore.LetterIssue
	for i, person := range people {
		issues = append(issues, sqlstore.LetterIssue{Person: person, Number: numbers[i], Check: p.checkTags(person)})
	}
	must(t, p.letters.Issue(t.Context(), p.version, issues, operatorEntry(audit.LetterIssue)))
}

func (b *browser) letter(t testing.TB, number string) reply {
	t.Helper()
	return b.do(t, http.MethodPost, "/v1/letter-verifications", "", map[string]string{"letter_number": number})
}

// proveByLetter redeems a number that counts.
func (b *browser) proveByLetter(t testing.TB, n breach.LetterNumber) wire.Confirmation {
	t.Helper()
	r := b.letter(t, n.Grouped())
	if r.status != http.StatusOK {
		t.Fatalf("a letter number: %d %s", r.status, r.body)
	}
	var c wire.Confirmation
	r.decode(t, &c)
	return c
}

// readByPage types a number into the page, follows it to the answer and reads that.
func readByPage(t *testing.T, b *browser, number string) (wire.Report, page) {
	t.Helper()
	r := b.form(t, "/letter", url.Values{"number": {number}}, "Sec-Fetch-Site", "same-origin")
	to, cookie := r.header.Get("Location"), r.header.Get("Set-Cookie")
	if r.status != http.StatusSeeOther || !strings.HasPrefix(to, "/result?") {
		t.Fatalf("the page was answered %d, to %q", r.status, to)
	}
	for _, c := range r.header.Values("Set-Cookie") {
		if strings.Contains(c, "exposure-result-") {
			cookie, _, _ = strings.Cut(c, ";")
		}
	}
	answer := b.get(t, to, "Cookie", cookie)
	doc, err := html.Parse(strings.NewReader(string(answer.body)))
	must(t, err)
	if answer.status != http.StatusOK {
		t.Fatalf("the answer's page: %d", answer.status)
	}
	return readReport(t, page{doc}), page{doc}
}

// answerPage is the page of a session's answer.
func answerPage(t *testing.T, b *browser, token, locale string) page {
	t.Helper()
	r := b.get(t, "/result?n=aaaaaaaa&lang="+locale, "Cookie", "exposure-result-aaaaaaaa="+token)
	doc, err := html.Parse(strings.NewReader(string(r.body)))
	must(t, err)
	if r.status != http.StatusOK {
		t.Fatalf("the page was answered %d", r.status)
	}
	return page{doc}
}
