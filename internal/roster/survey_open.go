package roster

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// openAll looks at every header before any file is read, so that all problems are seen
// at once.
func (s *survey) openAll() error {
	var errs []error
	open := func(path string, role Role) {
		f, err := s.header(path, role)
		if err != nil {
			errs = append(errs, err)
			return
		}
		s.files = append(s.files, f)
	}
	for _, path := range s.o.Files {
		open(path, "")
	}
	for _, role := range roles() {
		if path := s.o.Named.path(role); path != "" {
			open(path, role)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(s.files) == 0 {
		return errors.New("name the files to look through")
	}
	if err := s.choose(); err != nil {
		return err
	}
	s.meanings = meanings(s.p, s.o.Vocabulary)
	for _, f := range s.files {
		errs = append(errs, s.understand(f))
	}
	if err := errors.Join(append(errs, s.once())...); err != nil {
		return err
	}
	// Settlements come first: they tell which orders were paid by card. Items come after
	// the orders, which tell their months.
	order := []Role{RoleSettlements, RoleMembers, RoleOrders, RoleItems, RoleDeliveries}
	slices.SortFunc(s.files, func(a, b *surveyed) int { return slices.Index(order, a.Role) - slices.Index(order, b.Role) })
	return nil
}

func (s *survey) header(path string, role Role) (*surveyed, error) {
	f := &surveyed{path: path, SurveyedFile: SurveyedFile{Name: filepath.Base(path), Role: role, Missing: []string{}}}
	file, err := openFile(path, f.Name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f.header, err = shopcsv.NewReader(file, shopcsv.Options{Encoding: s.encoding}).Header()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreadable, f.Name, err)
	}
	return f, nil
}

// choose settles the profile: the one asked for, or the built-in one that most files are
// of. The files of one shop come from one system.
func (s *survey) choose() error {
	var err error
	if s.o.Mapping != "" || s.o.Profile != "" {
		s.p, _, err = openProfile(Options{Profile: s.o.Profile, Mapping: s.o.Mapping})
		return err
	}
	votes, best := map[string]int{}, ""
	for _, f := range s.files {
		seen := map[string]bool{}
		for i, c := range profile.Recognise(f.header) {
			if !c.Complete() || seen[c.Profile] || f.Role != "" && Role(c.Role) != f.Role {
				continue
			}
			seen[c.Profile] = true
			if votes[c.Profile] += 100 - min(i, 99); best == "" || votes[c.Profile] > votes[best] {
				best = c.Profile // of equals the one recognised first
			}
		}
	}
	if best == "" {
		return fmt.Errorf("%w: %s: the columns are those of no export known here (%s, or --mapping FILE); exposurectl export-guide SHOP explains how to export",
			ErrHeader, s.files[0].Name, strings.Join(profile.Names(), ", "))
	}
	s.p, err = profile.Builtin(best)
	return err
}

// understand finds out what a file is, if nobody said so, and where its columns are. By
// a mapping file it is, of all that it may be, that of which it lacks least.
func (s *survey) understand(f *surveyed) error {
	tries := []Role{f.Role}
	if f.Role == "" {
		tries = s.likely(f.header)
	}
	var first error
	for _, role := range tries {
		cols, missing, err := s.match(f, role)
		if first = cmp.Or(first, err); err != nil || f.cols != nil && len(missing) >= len(f.Missing) {
			continue
		}
		f.Role, f.cols, f.Missing = role, cols, notNil(missing)
		f.Layout = layoutName(s.p.Title, cols.Version())
		if len(missing) == 0 || s.o.Mapping == "" { // the built-in profiles know their files
			break
		}
	}
	if f.cols == nil {
		return first
	}
	return s.refuse(f)
}

// likely lists what a file may be, best first: by the built-in profile, or by trying.
func (s *survey) likely(header []string) []Role {
	var out []Role
	for _, c := range profile.Recognise(header) {
		if c.Profile == s.p.Name && s.o.Mapping == "" {
			out = append(out, Role(c.Role))
		}
	}
	for _, role := range roles() {
		if !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out
}

// match is as forgiving as it can be: what an import wants to be accepted is only noted.
func (s *survey) match(f *surveyed, role Role) (*profile.Columns, []string, error) {
	cols, err := s.p.Match(profile.Role(role), f.Name, f.header, profile.MatchOptions{})
	var e *profile.HeaderError
	if !errors.As(err, &e) || len(e.Hidden) == 0 {
		return cols, nil, err
	}
	missing := slices.Clone(e.Hidden)
	cols, err = s.p.Match(profile.Role(role), f.Name, f.header, profile.MatchOptions{AcceptMissing: missing})
	return cols, missing, err
}

func (s *survey) refuse(f *surveyed) error {
	var errs []error
	for _, i := range profile.RefuseSecrets(f.header, s.p.Ignore) {
		errs = append(errs, fmt.Errorf("%w: %s: column %d (%s) looks like security codes or passwords: export the file without it",
			ErrForbidden, f.Name, i+1, f.cols.Label(i)))
	}
	return errors.Join(errs...)
}

// once refuses two files of one kind.
func (s *survey) once() error {
	var errs []error
	by := map[Role]string{}
	for _, f := range s.files {
		if had, twice := by[f.Role]; twice && f.cols != nil {
			errs = append(errs, fmt.Errorf("%w: %s and %s are both the %s file: their rows would be counted twice", ErrUnreadable, had, f.Name, f.Role))
		}
		by[f.Role] = f.Name
	}
	for _, f := range s.files {
		for _, role := range f.holds() { // a file of its own comes first
			if r := Role(role); r == f.Role || by[r] == "" {
				by[r] = f.Name
				f.uses = append(f.uses, role)
			}
		}
	}
	return errors.Join(errs...)
}

func (f *surveyed) holds() []profile.Role {
	if f.cols == nil {
		return nil
	}
	return f.cols.Holds()
}

// layoutName names a shop system with the version that a file's columns tell.
func layoutName(title, version string) string {
	if version == "" || strings.HasSuffix(title, " "+version) {
		return title
	}
	return title + " (" + version + ")"
}
