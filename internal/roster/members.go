package roster

import (
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/email"
)

// member is one registration: one row of the members file.
type member struct {
	id                     uint64 // see numbers
	email, mobile          email.Address
	registered             int64 // microseconds since 1970 UTC
	provisional, withdrawn breach.Tri
	person                 int32 // -> people; none when the registration is on no list
}

// none is no index.
const none = int32(-1)

// live tells whether nothing says that this member cannot log in.
func (m member) live() bool { return m.withdrawn != breach.Yes && m.provisional != breach.Yes }

func (s *shop) member(r row) error {
	id := r.value(fMemberID)
	registered, ok := s.clock.read(r.value(fRegisteredAt))
	switch _, twice := s.memberIDs.find(id); {
	case id == "":
		s.reject(s.inputs[RoleMembers], r.line, "no member id")
		return nil
	case twice:
		s.reject(s.inputs[RoleMembers], r.line, "the member id occurs twice")
		return nil
	case !ok:
		s.reject(s.inputs[RoleMembers], r.line, "the time of registration cannot be read: it should look like 2023-03-16 23:59:59")
		return nil
	}
	m := member{
		id: s.memberIDs.key(id), registered: registered.UnixMicro(), person: none,
		email: s.address(r.get(fEmail)), mobile: s.address(r.get(fEmailMobile)),
		provisional: s.words.provisional.tri(r.value(fStatus)), withdrawn: s.words.deleted.tri(r.value(fDeleted)),
	}
	v, err := s.judge.of(breach.MemberRecord, breach.Record{Member: &breach.Member{
		RegisteredAt: registered, Provisional: m.provisional, Withdrawn: m.withdrawn,
		HasGender: triOf(r, fGender, r.value(fGender) != ""), HasBirthDate: triOf(r, fBirthDate, s.words.dated(r.value(fBirthDate))),
	}})
	if err != nil {
		return s.ruleError(RoleMembers, r.line, err)
	}
	at := s.members.add(m)
	s.memberIDs.at[m.id] = at
	// A registration that no list could hold (too late) is no identity either: the
	// person behind it stays the guest they were.
	if v.held|v.unclear != 0 || !s.judge.asksMembers() {
		person := s.people.add(party{kind: isMember, at: at, held: v.held, when: v.when})
		s.members.at(at).person = person
		s.wait(person, waiting{reason: breach.UnclearRecord, could: v.unclear, role: RoleMembers, id: id, line: r.line})
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
func (s *shop) address(v string) email.Address {
	if strings.TrimSpace(v) == "" {
		return email.Address{}
	}
	a, err := email.Parse(v)
	if err != nil {
		s.unreadable++
		return email.Address{}
	}
	return a
}

func (s *shop) at(micros int64) time.Time { return time.UnixMicro(micros).In(s.clock.zone) }
