package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// progressEvery is how many records are looked at between two questions whether to go on.
const progressEvery = 100_000

// input is one file of the shop, its header already understood.
type input struct {
	role           Role
	path           string
	base           string // the name that rejects and errors print
	cols           *profile.Columns
	uses           []Role   // what is taken from its rows
	shown          bool     // a row came that only a full export has
	sum            [32]byte // SHA-256 of its content, known once it was read to its end
	text           shopcsv.Encoding
	rows           int // that could be read
	mails, noMails int // main addresses, and what stands in place of one
}

func (f Files) path(role Role) string {
	switch role {
	case RoleMembers:
		return f.Members
	case RoleOrders:
		return f.Orders
	case RoleItems:
		return f.Items
	case RoleDeliveries:
		return f.Deliveries
	default:
		return f.Settlements
	}
}

// openProfile finds the description of the shop's exports, and for a mapping file the
// SHA-256 of it.
func openProfile(o Options) (*profile.Profile, []byte, error) {
	const generic = "generic"
	switch {
	case o.Mapping == "":
		p, err := profile.Builtin(o.Profile)
		return p, nil, err
	case o.Profile != "" && o.Profile != generic:
		return nil, nil, errors.New("a mapping file describes a shop system of its own: say --shop generic with --mapping")
	}
	file, err := openFile(o.Mapping, "the mapping file")
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, mostMapping+1))
	if err != nil || len(src) > mostMapping {
		return nil, nil, fmt.Errorf("%w: the mapping file is too large or cannot be read", ErrUnreadable)
	}
	p, err := profile.Parse(filepath.Base(o.Mapping), src)
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(src)
	return p, sum[:], nil
}

// mostMapping is the size of a mapping file in bytes beyond which it is none.
const mostMapping = 1 << 20

// open looks at every file before any is read in full, so that the operator sees all
// problems of names and columns at once.
func (s *shop) open() error {
	var errs []error
	for _, role := range roles() {
		if s.o.Files.path(role) == "" {
			continue
		}
		in, err := s.openOne(role)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.inputs[role], s.holders[role] = in, in
	}
	for _, file := range roles() {
		in := s.inputs[file]
		if in == nil {
			continue
		}
		for _, role := range in.cols.Holds() { // a file of its own comes first
			if s.holders[role] == nil && s.o.Files.path(role) == "" {
				s.holders[role] = in
			}
		}
	}
	for _, role := range roles() {
		in := s.holders[role]
		if in != nil {
			in.uses = append(in.uses, role)
		}
		if in != nil || s.o.Files.path(role) != "" || s.waived(string(role)) {
			continue
		}
		errs = append(errs, fmt.Errorf("%w: the %s file is missing: pass it with %s, or say --accept-missing %s; exposurectl export-guide %s explains how to export it",
			ErrUnreadable, role, s.p.Flag(role), role, s.p.Name))
	}
	return errors.Join(errs...)
}

func (s *shop) openOne(role Role) (*input, error) {
	path := s.o.Files.path(role)
	in := &input{role: role, path: path, base: filepath.Base(path)}
	file, err := openFile(path, "the "+string(role)+" file")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := shopcsv.NewReader(file, shopcsv.Options{Encoding: s.encoding}).Header()
	if err != nil {
		return nil, fmt.Errorf("%w: %s (%s): %w", ErrUnreadable, in.base, s.p.Flag(role), err)
	}
	in.cols, err = s.p.Match(role, in.base, header, profile.MatchOptions{AcceptMissing: s.o.AcceptMissing, NotCard: s.o.NotCard})
	if err != nil {
		return nil, err
	}
	return in, refuseSecrets(in, header, s.p.Ignore)
}

func (s *shop) waived(name string) bool {
	for _, a := range s.o.AcceptMissing {
		if profile.FoldName(a) == profile.FoldName(name) {
			return true
		}
	}
	return false
}

// each reads one file from its beginning to its end and hands every readable row,
// searched for card numbers, to use. Rows that cannot be read are given to reject.
func (s *shop) each(ctx context.Context, in *input, p Progress, use func(profile.Row) error, reject rejecting) error {
	file, err := openFile(in.path, "the "+string(in.role)+" file")
	if err != nil {
		return err
	}
	defer file.Close()
	f := startFeed(ctx, file, in, s.encoding)
	defer f.stop()
	var size int64 // unknown
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	p.Begin(in.base, size)
	defer p.End()
	read := int64(0)
	for b := range f.batches {
		if err := s.goOn(ctx, in); err != nil {
			return err
		}
		if err := in.take(b, use, reject); err != nil {
			return err
		}
		p.Add(b.read - read)
		read = b.read
		f.used(b)
	}
	if f.err != nil {
		return f.err
	}
	return s.goOn(ctx, in)
}

// take uses the rows of a batch, with the rejects at their places among them.
func (in *input) take(b *batch, use func(profile.Row) error, reject rejecting) error {
	rejects := b.rejects
	in.rows += len(b.rows)
	for i, rec := range b.rows {
		for len(rejects) > 0 && rejects[0].before == i {
			reject(in, rejects[0].line, rejects[0].reason)
			rejects = rejects[1:]
		}
		if err := use(in.cols.Row(rec.Fields, rec.Line)); err != nil {
			return err
		}
	}
	for _, r := range rejects {
		reject(in, r.line, r.reason)
	}
	return nil
}

// rejecting takes note of a line that cannot be used.
type rejecting func(in *input, line int, reason string)

// mostRejects ends an import of a file that is no export at all.
const mostRejects = 100_000

// errRejected ends the use of a row that is a reject already.
var errRejected = errors.New("the row is rejected")

// reject notes that a row cannot be used, and returns errRejected.
func (s *shop) reject(r row, reason string) error {
	s.rejectLine(r.in, r.Line(), reason)
	return errRejected
}

func (s *shop) rejectLine(in *input, line int, reason string) {
	s.rejects = append(s.rejects, Reject{File: in.base, Line: line, Reason: reason})
}

// goOn ends a reading that was given up or has become hopeless.
func (s *shop) goOn(ctx context.Context, in *input) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", in.base, err)
	}
	if n := len(s.rejects); n > mostRejects {
		return fmt.Errorf("%w: %s: more than %d rejects, the last in line %d: %s",
			ErrUnreadable, in.base, mostRejects, s.rejects[n-1].Line, s.rejects[n-1].Reason)
	}
	return nil
}

// digest is SHA-256 over role, encoding and content of each file, in the order of roles,
// and over the shop's clock: read by another one the same files are another roster.
func (s *shop) digest() [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "clock %s\nprofile %s %x\n", s.clock.zone, s.p.Name, s.mapping)
	for _, role := range roles() {
		if in := s.inputs[role]; in != nil {
			fmt.Fprintf(h, "%s %s %x\n", role, in.text, in.sum)
			for _, column := range slices.Sorted(slices.Values(in.cols.Vouched())) {
				fmt.Fprintf(h, "not card %q\n", column)
			}
		}
	}
	if s.firstNoticeSum != nil {
		fmt.Fprintf(h, "first-notice %x\n", s.firstNoticeSum)
	}
	return withDecisions([32]byte(h.Sum(nil)), s.decided)
}

// withDecisions adds what was decided about records: the same files with another decision
// are another roster.
func withDecisions(digest [32]byte, decided []string) [32]byte {
	if len(decided) == 0 {
		return digest
	}
	h := sha256.New()
	h.Write(digest[:])
	for _, d := range slices.Sorted(slices.Values(decided)) {
		fmt.Fprintf(h, "decided %q\n", d)
	}
	return [32]byte(h.Sum(nil))
}
