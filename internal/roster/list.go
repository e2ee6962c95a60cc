package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// listField names a column of an approved list.
type listField string

// The columns of an approved list.
const (
	lKey         listField = "person_key"
	lKind        listField = "kind"
	lEmails      listField = "emails"
	lLogin       listField = "login_email"
	lMemberID    listField = "member_id"
	lCohorts     listField = "cohorts"
	lFlags       listField = "flags"
	lCards       listField = "cards"
	lWithdrawn   listField = "withdrawn"
	lFirstNotice listField = "first_notice_at"
	lName        listField = "name"
	lZip         listField = "postal_code"
	lAddress     listField = "address"
)

func listColumns() []listField {
	return []listField{lKey, lKind, lEmails, lLogin, lMemberID, lCohorts, lFlags, lCards, lWithdrawn, lFirstNotice, lName, lZip, lAddress}
}

// ListTemplate is an example of an approved list: the header and one row of each kind
// of person. Lists in a cell are separated by semicolons; a flag with a ? behind it
// (or a ? alone, for all of them) is unknown, one that is not named is a no.
func ListTemplate() string {
	var names []string
	for _, c := range listColumns() {
		names = append(names, string(c))
	}
	return strings.Join(names, ",") + `
M:1042,member,hanako@example.jp;hanako.mobile@example.ne.jp,hanako@example.jp,1042,card;member;purchaser,gender;birth_date?;engraved,2,0,2023-04-05T10:00:00+09:00,,,
G:taro@example.jp,guest,taro@example.jp,,,purchaser,?,,,,,,
R:1,recipient,,,,recipient,,,,,山田花子,150-0001,東京都渋谷区神宮前1-2-3
`
}

// ListError names every mistake of an approved list (up to a bound) by line and
// column. It never holds a cell.
type ListError struct {
	File     string
	Mistakes []ListMistake
	More     int // mistakes beyond those named
}

// ListMistake is one mistake. Column is empty when the whole row is meant.
type ListMistake struct {
	Line   int
	Column string
	Reason string
}

func (e *ListError) Error() string {
	var b strings.Builder
	b.WriteString(ErrList.Error())
	for _, m := range e.Mistakes {
		fmt.Fprintf(&b, "\n  %s line %d", e.File, m.Line)
		if m.Column != "" {
			fmt.Fprintf(&b, ", column %s", m.Column)
		}
		fmt.Fprintf(&b, ": %s", m.Reason)
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n  … and %d more", e.More)
	}
	return b.String()
}

// Unwrap lets errors.Is find ErrList.
func (e *ListError) Unwrap() error { return ErrList }

// mostMistakes is how many mistakes are named.
const mostMistakes = 50

func (e *ListError) add(line int, column listField, reason string) {
	if len(e.Mistakes) == mostMistakes {
		e.More++
		return
	}
	e.Mistakes = append(e.Mistakes, ListMistake{Line: line, Column: string(column), Reason: reason})
}

// list is one import of an approved list.
type list struct {
	o        Options
	judge    *judge
	speller  speller
	mistakes ListError
	seen     map[string]bool
	people   pile[listed]
	decided  []string
	digest   [32]byte
	badMail  int
	text     shopcsv.Encoding
}

// ImportList reads an approved list: people and cohorts as somebody decided them. It
// is all or nothing: any mistake refuses the list, as a *ListError.
func ImportList(ctx context.Context, path string, o Options) (*Result, error) {
	if o.Incident == nil {
		return nil, errors.New("an import of an approved list needs an incident")
	}
	j, err := newJudge(o.Incident)
	if err != nil {
		return nil, err
	}
	l := &list{
		o: o, judge: j, speller: newSpeller(j), seen: map[string]bool{}, mistakes: ListError{File: filepath.Base(path)},
	}
	if err := l.read(ctx, path); err != nil {
		return nil, err
	}
	if len(l.mistakes.Mistakes) > 0 {
		return nil, &l.mistakes
	}
	r := &Result{from: l, incident: o.Incident, accepted: o.AcceptRejects, SourcesDigest: withDecisions(l.digest, l.decided)}
	r.Reconciliation = reconcile(o.Incident, r)
	r.Reconciliation.UnreadableAddresses = l.badMail
	l.account(&r.Reconciliation)
	return r, nil
}

func (l *list) read(ctx context.Context, path string) error {
	encoding, err := shopcsv.ParseEncoding(l.o.Encoding)
	if err != nil {
		return err
	}
	file, err := openFile(path, "the approved list")
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	tee := io.TeeReader(file, sum)
	r := shopcsv.NewReader(tee, shopcsv.Options{Encoding: encoding})
	header, err := r.Header()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnreadable, l.mistakes.File, err)
	}
	cols := l.header(header)
	for cols != nil {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("reading the approved list: %w", err)
		}
		rec, err := r.Next()
		var bad *shopcsv.RowError
		switch {
		case errors.As(err, &bad):
			l.mistakes.add(bad.Line, "", bad.Reason)
			continue
		case errors.Is(err, io.EOF):
			if _, err := io.Copy(io.Discard, tee); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrUnreadable, l.mistakes.File, err)
			}
			l.text = r.Encoding()
			l.digest = sha256.Sum256(fmt.Appendf(nil, "approved-list %s %x\n", r.Encoding(), sum.Sum(nil)))
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrUnreadable, l.mistakes.File, err)
		}
		l.row(listRow{at: cols, fields: rec.Fields, line: rec.Line})
	}
	return nil
}

// header wants exactly the columns there are, in any order.
func (l *list) header(header []string) map[listField]int {
	cols := map[listField]int{}
	for i, h := range header {
		name := listField(profile.FoldName(h))
		_, twice := cols[name]
		switch {
		case !slices.Contains(listColumns(), name):
			l.mistakes.add(1, "", fmt.Sprintf("the name of column %d is none of an approved list; --template prints them", i+1))
		case twice:
			l.mistakes.add(1, name, "the column occurs twice")
		default:
			cols[name] = i
		}
	}
	for _, c := range listColumns() {
		if _, ok := cols[c]; !ok {
			l.mistakes.add(1, c, "the column is missing; --template prints them all")
		}
	}
	if len(l.mistakes.Mistakes) > 0 {
		return nil
	}
	return cols
}

// listTimes are the layouts of times in a list; the first carries an offset.
func listTimes() []string {
	return []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"}
}
