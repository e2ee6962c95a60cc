package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"exposure/internal/roster/shopcsv"
)

// progressEvery is how many records are looked at between two questions whether to go on.
const progressEvery = 100_000

// input is one file of the shop, its header already understood.
type input struct {
	role Role
	path string
	base string // the name that rejects and errors print
	cols *columns
	sum  [32]byte // SHA-256 of its content, known once it was read to its end
	text shopcsv.Encoding
	rows int // that could be read
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

// open looks at every file before any is read in full, so that the operator sees all
// problems of names and columns at once.
func (s *shop) open() error {
	var errs []error
	for _, role := range roles() {
		in, err := s.openOne(role)
		if err != nil {
			errs = append(errs, err)
		}
		if in != nil {
			s.inputs[role] = in
		}
	}
	return errors.Join(errs...)
}

func (s *shop) openOne(role Role) (*input, error) {
	path := s.o.Files.path(role)
	if path == "" {
		if s.waived(string(role)) {
			return nil, nil
		}
		flag := s.p.Files[role].Flag
		return nil, fmt.Errorf("%w: the %s file is missing: pass it with %s, or say --accept-missing %s; exposurectl export-guide %s explains how to export it",
			ErrUnreadable, role, flag, role, s.p.Name)
	}
	in := &input{role: role, path: path, base: filepath.Base(path)}
	file, err := openFile(path, "the "+string(role)+" file")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header, err := shopcsv.NewReader(file, shopcsv.Options{Encoding: s.encoding}).Header()
	if err != nil {
		return nil, fmt.Errorf("%w: %s (%s): %w", ErrUnreadable, in.base, s.p.Files[role].Flag, err)
	}
	if in.cols, err = s.p.mapHeader(role, in.base, header, s.o.AcceptMissing); err != nil {
		return nil, err
	}
	return in, refuseSecrets(in, header, s.p.Ignore)
}

func (s *shop) waived(name string) bool {
	for _, a := range s.o.AcceptMissing {
		if foldName(a) == foldName(name) {
			return true
		}
	}
	return false
}

// each reads one file from its beginning to its end and hands every readable row,
// searched for card numbers, to use. Rows that cannot be read become rejects.
func (s *shop) each(ctx context.Context, role Role, use func(row) error) error {
	in := s.inputs[role]
	if in == nil {
		return nil // waived
	}
	file, err := openFile(in.path, "the "+string(role)+" file")
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
	s.o.Progress.Begin(in.base, size)
	defer s.o.Progress.End()
	read := int64(0)
	for b := range f.batches {
		if err := s.goOn(ctx, in); err != nil {
			return err
		}
		if err := s.take(in, b, use); err != nil {
			return err
		}
		s.o.Progress.Add(b.read - read)
		read = b.read
		f.used(b)
	}
	if f.err != nil {
		return f.err
	}
	return s.goOn(ctx, in)
}

// take uses the rows of a batch, with the rejects at their places among them.
func (s *shop) take(in *input, b *batch, use func(row) error) error {
	rejects := b.rejects
	in.rows += len(b.rows)
	for i, rec := range b.rows {
		for len(rejects) > 0 && rejects[0].before == i {
			s.reject(in, rejects[0].line, rejects[0].reason)
			rejects = rejects[1:]
		}
		if err := use(row{columns: in.cols, fields: rec.Fields, line: rec.Line}); err != nil {
			return err
		}
	}
	for _, r := range rejects {
		s.reject(in, r.line, r.reason)
	}
	return nil
}

// mostRejects ends an import of a file that is no export at all.
const mostRejects = 100_000

func (s *shop) reject(in *input, line int, reason string) {
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
	fmt.Fprintf(h, "clock %s\n", s.clock.zone)
	for _, role := range roles() {
		if in := s.inputs[role]; in != nil {
			fmt.Fprintf(h, "%s %s %x\n", role, in.text, in.sum)
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
