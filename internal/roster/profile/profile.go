package profile

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed builtin
var builtin embed.FS

// Profile describes the exports of a shop system. It never changes after Parse and may be
// used by several goroutines.
type Profile struct {
	Name  string // e.g. "eccube4"
	Title string // for people

	// Times are layouts of package time for a moment, tried in order. Days are layouts for
	// a date without a time of day: the moment is somewhere within that day of the shop's
	// clock, so a rule can use it only if the edges of its period are midnights.
	Times, Days []string
	EmptyDates  []string // what the shop system writes for a date nobody entered
	GuestIDs    []string // MemberID of an order without a member
	Yes, No     []string // Deleted

	MemberStatus MemberStatus
	OrderStatus  OrderStatus
	Settlement   Settlement
	ItemTypes    ItemTypes
	Ignore       []string // columns that look like secrets by name but hold none

	layouts []layout
	shownAs map[coded]map[string]string
	builtin bool
}

// MemberStatus sorts the states of members. Values are compared with Fold.
type MemberStatus struct {
	Provisional []string // registered, not confirmed
	Full        []string
	Withdrawn   []string // shop systems without a deletion flag keep withdrawn members under a state of their own
}

// OrderStatus sorts the states of orders.
type OrderStatus struct {
	Cancelled []string
	Attempted []string // the payment was begun and never finished: an attempt, not (yet) a purchase
	Other     []string
}

// NotCancelled are all states but the cancelled ones.
func (s OrderStatus) NotCancelled() []string { return slices.Concat(s.Attempted, s.Other) }

// Settlement sorts what the payment company did.
type Settlement struct{ Approved, Other []string }

// ItemTypes sorts the rows of items: products, and postage, fees, discounts and the like.
type ItemTypes struct{ Product, Other []string }

// generic is the profile that has no layouts of its own: the operator writes them.
const generic = "generic"

// Names lists the built-in profiles.
func Names() []string {
	found, err := fs.Glob(builtin, "builtin/*.yaml")
	if err != nil {
		return nil // the pattern is a constant and well-formed
	}
	for i, f := range found {
		found[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return found
}

// Builtin returns a built-in profile by its name, e.g. "eccube2".
func Builtin(name string) (*Profile, error) {
	if name == generic {
		return nil, fmt.Errorf("the profile generic is what a mapping file says: pass one with --mapping; exposurectl export-guide %s explains how to write it", generic)
	}
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no profile for this shop system; there is %s, and %s with a mapping file", strings.Join(Names(), ", "), generic)
	}
	src, err := builtin.ReadFile("builtin/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading a built-in profile: %w", err)
	}
	p, err := Parse(name+".yaml", src)
	if err != nil {
		return nil, fmt.Errorf("reading a built-in profile: %w", err)
	}
	p.builtin = true
	return p, nil
}

// Guide is the page, in Japanese, that tells a shop how to export what the profile of this
// name wants to read: click path, SQL, file names. "generic" has one, too: how to write a
// mapping file.
func Guide(name string) (string, error) {
	if !slices.Contains(Names(), name) && name != generic {
		return "", fmt.Errorf("no export guide for this shop system; there is %s, %s", strings.Join(Names(), ", "), generic)
	}
	guide, err := builtin.ReadFile("builtin/" + name + ".guide.md")
	if err != nil {
		return "", fmt.Errorf("reading an export guide: %w", err)
	}
	return string(guide), nil
}

// Template is a mapping file to start from: every key of the format with a comment on what
// it means and what is dangerous about it. It is valid and describes an invented shop.
func Template() []byte {
	src, err := builtin.ReadFile("builtin/template.txt")
	if err != nil {
		return nil // embedded
	}
	return src
}

// Flag is the flag of the command line that files of a role are passed with.
func (p *Profile) Flag(r Role) string { return "--" + string(r) }

// guide is the command that explains the exports of this profile.
func (p *Profile) guide() string {
	name := p.Name
	if !slices.Contains(Names(), name) {
		name = generic
	}
	return "exposurectl export-guide " + name
}
