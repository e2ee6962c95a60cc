package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/shopcsv"
)

func (s *shop) firstNoticeName() string { return filepath.Base(s.o.Files.FirstNotice) }

// readFirstNotice marks the people who got the first notice: one address or order
// number a line, or the first column of a CSV file, with or without a heading. Somebody
// in the file whom no record explains is kept, so that their look-up never answers a bare
// "not listed".
func (s *shop) readFirstNotice(ctx context.Context) error {
	if s.o.Files.FirstNotice == "" {
		return nil
	}
	file, err := openFile(s.o.Files.FirstNotice, "the first-notice file")
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	tee := io.TeeReader(file, sum)
	in := &input{base: s.firstNoticeName()}
	r := shopcsv.NewReader(tee, shopcsv.Options{Encoding: s.encoding})
	fields, err := r.Header()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnreadable, in.base, err)
	}
	formers := s.formerOwners()
	if strings.ContainsAny(fold(fields[0]), "@0123456789") { // else it is a heading
		in.rows++
		s.toldFirst(in, 1, fields[0], formers)
	}
	for {
		rec, err := r.Next()
		var bad *shopcsv.RowError
		switch {
		case errors.As(err, &bad):
			s.rejectLine(in, bad.Line, bad.Reason)
		case errors.Is(err, io.EOF):
			if _, err := io.Copy(io.Discard, tee); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrUnreadable, in.base, err)
			}
			in.text, s.firstNoticeSum, s.firstNotice = r.Encoding(), sum.Sum(nil), in
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrUnreadable, in.base, err)
		default:
			in.rows++
			s.toldFirst(in, rec.Line, rec.Fields[0], formers)
		}
		if err := s.goOn(ctx, in); err != nil {
			return err
		}
	}
}

// toldFirst takes one entry of the file.
func (s *shop) toldFirst(in *input, line int, cell string, formers map[email.Address]int32) {
	entry := strings.TrimSpace(cell)
	person, reason := s.notified(entry, formers)
	switch {
	case entry == "":
	case reason != "":
		s.rejectLine(in, line, reason)
	case !s.first[person]:
		s.first[person] = true
		s.doubtFirst(person, line)
	}
}

// formerOwners are the people to whom addresses of orders belong that are nobody's
// registration: a guest who has the address for themselves, else the member of the order
// that stands first in its file.
func (s *shop) formerOwners() map[email.Address]int32 {
	out := map[email.Address]int32{}
	for _, order := range slices.Sorted(maps.Keys(s.former)) {
		a := s.former[order]
		if _, known := out[a]; known {
			continue
		}
		if p := s.guestBy(a); p != none {
			out[a] = p
		} else {
			out[a] = s.orders.at(order).person
		}
	}
	return out
}

// notified finds the person of one entry, or says why there is none.
func (s *shop) notified(entry string, formers map[email.Address]int32) (person int32, reason string) {
	if !strings.Contains(entry, "@") {
		if at, ok := s.findOrder(fold(entry)); ok {
			return s.orders.at(at).person, ""
		}
		return none, "neither an address nor the number of an order in the orders file"
	}
	a, err := email.Parse(entry)
	if err != nil {
		return none, "the address cannot be read"
	}
	if m, ok := s.owner(a); ok {
		return s.members.at(m).person, ""
	}
	if p, ok := formers[a]; ok {
		return p, ""
	}
	return s.guest(a), ""
}

// doubtFirst puts somebody on the review list who was told first and whose card is on
// no list: what the first notice said would otherwise be ruled out without a word.
func (s *shop) doubtFirst(person int32, line int) {
	held := s.people.at(person).held
	if held&s.judge.countCards != 0 {
		return
	}
	w := waiting{reason: codeOf(breach.FirstNoticeOnly), could: s.judge.toldFirst(held), about: aboutFirst, at: int32(line)}
	if s.wait(person, w) == breach.DecidedIn {
		s.note(person, verdict{held: w.could}) // without a record nothing answers a condition
	}
}

// toldFirst are the cohorts the first notice may have meant: those about cards, and
// for somebody on no list everything a purchase exposes.
func (j *judge) toldFirst(held cohorts) cohorts {
	could := j.countCards
	if held == 0 || could == 0 {
		for i, c := range j.in.Cohorts {
			if c.Record == breach.OrderRecord {
				could |= 1 << i
			}
		}
	}
	return could &^ held
}
