package roster

import (
	"slices"
	"strings"
)

// Roles of files that are none of a shop's exports.
const (
	roleList        Role = "list"
	roleFirstNotice Role = "first_notice"
)

// account adds what only the import of a shop's exports knows: duplicates, what was
// accepted, and the files.
func (s *shop) account(rec *Reconciliation) {
	rec.Duplicates, rec.Accepted = s.duplicates(), s.accepted()
	rec.Unidentified, rec.UnknownMembers, rec.Undelivered = s.unidentified, s.unknownMembers, s.undelivered()
	for _, role := range roles() {
		if in := s.inputs[role]; in != nil {
			rec.Files = append(rec.Files, in.told(role, layoutName(s.p.Title, in.cols.Version())))
		}
	}
	if in := s.firstNotice; in != nil {
		rec.Files = append(rec.Files, in.told(roleFirstNotice, ""))
	}
}

// undelivered counts orders of which no delivery came. Some have none, as of downloads;
// many mean that the deliveries file was cut.
func (s *shop) undelivered() int {
	if s.holders[RoleDeliveries] == nil {
		return 0
	}
	n := 0
	for i := range int32(s.orders.n) {
		if s.orders.at(i).deliveries == 0 {
			n++
		}
	}
	return n
}

func (in *input) told(role Role, layout string) FileRead {
	return FileRead{Name: in.base, Role: role, Layout: layout, Encoding: in.text.String(), Rows: in.rows}
}

// accepted lists what is really missing, not what was accepted for the case that it is.
func (s *shop) accepted() Accepted {
	a := Accepted{Missing: []string{}, NotCard: []string{}, Rejects: s.o.AcceptRejects}
	add := func(to *[]string, names ...string) {
		for _, name := range names {
			if !slices.Contains(*to, name) {
				*to = append(*to, name)
			}
		}
	}
	for _, role := range roles() {
		if s.holders[role] == nil {
			add(&a.Missing, string(role)+" file")
		}
		in := s.inputs[role]
		if in == nil {
			continue
		}
		for _, column := range in.cols.Accepted() {
			add(&a.Missing, column+" ("+in.base+")")
		}
		for _, column := range in.cols.Vouched() {
			add(&a.NotCard, column+" ("+in.base+")")
		}
		if m := in.cols.MustShow(); m != nil && !in.shown {
			add(&a.Missing, strings.ReplaceAll(m.Waiver, "_", " ")+" ("+in.base+")")
		}
	}
	return a
}

func (l *list) account(rec *Reconciliation) {
	rec.Duplicates = l.duplicates()
	rec.Accepted.Rejects = l.o.AcceptRejects
	rec.Files = append(rec.Files, FileRead{Name: l.mistakes.File, Role: roleList, Encoding: l.text.String(), Rows: l.size()})
}
