package profile

import "slices"

// extra is an optional part of a field, as one role has it or not.
type extra struct {
	field Field
	part  int // its place in the join
	label string
	found bool
}

// wantAlike asks for an optional part that one role has and another lacks. One address would
// be written in two ways, and a buyer who ordered for themselves would count as two people.
func (f *fit) wantAlike() {
	for _, c := range f.optional {
		has := slices.IndexFunc(f.optional, func(o extra) bool { return o.found && o.field == c.field && o.part == c.part })
		if !c.found && has >= 0 {
			f.missing = append(f.missing, c.label)
			f.why[c.label] = "the file has " + f.optional[has].label + ": without this one the same " + string(c.field) + " would be written in two ways, and people would be taken for others"
		}
	}
}
