package roster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
	"exposure/internal/roster/profile"
)

// member is one registration: one row of the members file.
type member struct {
	id                     uint64 // see numbers
	email, mobile          email.Address
	registered             int64 // microseconds since 1970 UTC
	provisional, withdrawn breach.Tri
	gender, birth          breach.Tri
	day                    bool  // registered is the first moment of a day that is all there is known
	postal                 bool  // the row holds a postal address
	person                 int32 // -> people; none when the registration is on no list
	line                   int32
}

// none is no index.
const none = int32(-1)

// live tells whether nothing says that this member cannot log in.
func (m member) live() bool { return m.withdrawn != breach.Yes && m.provisional != breach.Yes }

func (s *shop) member(r row) error {
	id := r.value(profile.MemberID)
	registered, day, ok := s.clock.moment(r.value(profile.RegisteredAt))
	switch _, twice := s.memberIDs.find(id); {
	case id == "":
		return s.reject(r, "no member id")
	case twice:
		return s.reject(r, "the member id occurs twice")
	case !ok:
		return s.reject(r, "the time of registration cannot be read: it should look like 2023-03-16 23:59:59")
	}
	m := member{
		id: s.memberIDs.key(id), registered: registered.UnixMicro(), day: day, person: none, line: int32(r.Line()),
		email: s.mainAddress(r), mobile: s.address(r, r.get(profile.EmailMobile)),
		provisional: s.words.provisional.tri(r.value(profile.Status)), withdrawn: s.withdrawn(r),
		gender: triOf(r, profile.Gender, r.value(profile.Gender) != ""),
		birth:  triOf(r, profile.BirthDate, s.words.dated(r.value(profile.BirthDate))),
		postal: r.value(profile.Address) != "",
	}
	at := s.members.add(m)
	s.memberIDs.put(m.id, at)
	return s.judgeMember(at)
}

// withdrawn: a deletion flag says so, or a state of members, or either.
func (s *shop) withdrawn(r row) breach.Tri {
	deleted := s.words.deleted.tri(r.value(profile.Deleted))
	if len(s.words.withdrawn) == 0 {
		return deleted
	}
	state := r.value(profile.Status)
	return deleted.Or(triOf(r, profile.Status, slices.Contains(s.words.withdrawn, state)))
}

// memberFacts is a registration as the rules see it.
func (s *shop) memberFacts(at int32) facts {
	m := s.members.at(at)
	return facts{day: m.day, Record: breach.Record{Member: &breach.Member{
		RegisteredAt: s.at(m.registered), Provisional: m.provisional, Withdrawn: m.withdrawn,
		HasGender: m.gender, HasBirthDate: m.birth,
	}}}
}

func (s *shop) judgeMember(at int32) error {
	m, facts := s.members.at(at), s.memberFacts(at)
	v, err := s.judge.of(breach.MemberRecord, facts)
	if err != nil {
		return s.ruleError(RoleMembers, int(m.line), err)
	}
	// A registration that no list could hold (too late) is no identity either: the
	// person behind it stays the guest they were.
	if v.held|v.unclear == 0 && s.judge.asksMembers() {
		return nil
	}
	m.person = s.people.add(party{kind: isMember, at: at, held: v.held, when: v.when, last: none, waits: none})
	w := waiting{reason: codeOf(breach.UnclearRecord), could: v.unclear, about: aboutMember, at: at}
	if s.wait(m.person, w) == breach.DecidedIn {
		return s.decideIn(m.person, v.unclear, breach.MemberRecord, facts)
	}
	return nil
}

// asksMembers tells whether any cohort is about registrations. If none is, every
// registration is an identity.
func (j *judge) asksMembers() bool {
	for _, c := range j.in.Cohorts {
		if c.Record == breach.MemberRecord {
			return true
		}
	}
	return false
}

// address parses what may be empty or broken: then the person has no such address.
func (s *shop) address(r row, v string) email.Address {
	if strings.TrimSpace(v) == "" {
		return email.Address{}
	}
	a, err := email.Parse(v)
	if err != nil {
		s.unreadable++
		if len(s.unreadableAt) < mostSpots {
			s.unreadableAt = append(s.unreadableAt, Spot{File: r.in.base, Line: r.Line()})
		}
		return email.Address{}
	}
	return a
}

// mainAddress is the address of a member or an order. The file remembers how many there are
// and how many cannot be read.
func (s *shop) mainAddress(r row) email.Address {
	v := r.get(profile.Email)
	a := s.address(r, v)
	if !a.IsZero() {
		r.in.mails++
	} else if strings.TrimSpace(v) != "" {
		r.in.noMails++
	}
	return a
}

// fewestMails is how many cells it takes to say that a column holds no addresses.
const fewestMails = 20

// refuseNoMails refuses a file whose column of addresses mostly holds something else. Its
// people would be kept, and be told that their address is on no list.
func (in *input) refuseNoMails(flag string) error {
	if in.noMails <= in.mails || in.mails+in.noMails < fewestMails {
		return nil
	}
	return fmt.Errorf("%w: %s (%s): only %d of %d e-mail addresses can be read: another column may bear the name of that of the addresses, or the addresses were masked",
		ErrUnreadable, in.base, flag, in.mails, in.mails+in.noMails)
}

func (s *shop) at(micros int64) time.Time { return time.UnixMicro(micros).In(s.clock.zone) }
