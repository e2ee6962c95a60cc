package roster

import (
	"slices"

	"exposure/internal/breach"
)

// waiting is one record that nobody has decided about.
type waiting struct {
	reason breach.ReviewReason
	could  cohorts // the person would belong to if it were decided against them
	role   Role    // empty: the first-notice file
	id     string  // of the record in the shop
	line   int
}

// wait puts a record on the review list, if it could put its person on any list.
func (s *shop) wait(person int32, w waiting) {
	if w.could == 0 {
		return
	}
	s.waiting[person] = append(s.waiting[person], w)
}

func (w waiting) record() string {
	switch w.role {
	case RoleMembers:
		return string(breach.MemberRecord)
	case RoleOrders:
		return string(breach.OrderRecord)
	case RoleDeliveries:
		return string(breach.DeliveryRecord)
	default:
		return "first_notice"
	}
}

// open unites the waiting records of one person: one entry per reason.
func (s *shop) openOf(person int32) []breach.Open {
	var out []breach.Open
	var could []cohorts
	for _, w := range s.waiting[person] {
		i := slices.IndexFunc(out, func(o breach.Open) bool { return o.Reason == w.reason })
		if i < 0 {
			out, could, i = append(out, breach.Open{Reason: w.reason}), append(could, 0), len(out)
		}
		could[i] |= w.could
		out[i].Cohorts = could[i].ids(s.judge.in)
	}
	return out
}

func (s *shop) reviewOf(person int32, key string) []ReviewRecord {
	var out []ReviewRecord
	for _, w := range s.waiting[person] {
		r := ReviewRecord{
			ID: string(w.reason) + "/" + w.record() + "/" + w.id, Reason: w.reason, Person: key,
			Line: w.line, Cohorts: w.could.ids(s.judge.in), OnList: s.people.at(person).held != 0,
		}
		if in := s.inputs[w.role]; in != nil {
			r.File = in.base
		} else {
			r.File = s.firstNoticeName()
		}
		out = append(out, r)
	}
	return out
}
