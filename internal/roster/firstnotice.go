package roster

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"exposure/internal/breach"
	"exposure/internal/email"
)

func (s *shop) firstNoticeName() string { return filepath.Base(s.o.Files.FirstNotice) }

// readFirstNotice marks the people who got the first notice: one address or order
// number a line. Somebody in the file whom no record explains is kept, so that their
// look-up never answers a bare "not listed".
func (s *shop) readFirstNotice() error {
	if s.o.Files.FirstNotice == "" {
		return nil
	}
	file, err := openFile(s.o.Files.FirstNotice, "the first-notice file")
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	formers := s.formerOwners()
	in := &input{base: s.firstNoticeName()}
	lines := bufio.NewScanner(io.TeeReader(file, sum))
	for n := 1; lines.Scan(); n++ {
		entry := strings.Trim(strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")), `"`)
		person, reason := s.notified(entry, formers)
		switch {
		case entry == "", n == 1 && !strings.ContainsAny(entry, "@0123456789"):
			// Empty, or a heading.
		case reason != "":
			s.reject(in, n, reason)
		case !s.first[person]:
			s.first[person] = true
			s.doubtFirst(person, n)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnreadable, in.base, err)
	}
	s.firstNoticeSum = sum.Sum(nil)
	return nil
}

func (s *shop) formerOwners() map[email.Address]int32 {
	out := map[email.Address]int32{}
	for order, a := range s.former {
		if p, ok := s.guests[a]; ok {
			out[a] = p // a guest has the address for themselves
		} else {
			out[a] = s.orders.at(order).person
		}
	}
	return out
}

// notified finds the person of one entry, or says why there is none.
func (s *shop) notified(entry string, formers map[email.Address]int32) (person int32, reason string) {
	if !strings.Contains(entry, "@") {
		if at, ok := s.orderIDs.find(fold(entry)); ok {
			return s.orders.at(at).person, ""
		}
		return none, "neither an address nor the number of an order in the orders file"
	}
	a, err := email.Parse(entry)
	if err != nil {
		return none, "the address cannot be read"
	}
	if m, ok := s.owners[a]; ok {
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
