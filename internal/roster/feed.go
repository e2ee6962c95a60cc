package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"exposure/internal/roster/shopcsv"
)

// What is read ahead of the rows in use. A batch is full at the first of its two
// bounds; the longest record comes on top.
const (
	batchRows  = 512
	batchBytes = 256 << 10
	readAhead  = 4 // batches
)

// feed reads, decodes and guards one file in a goroutine of its own, ahead of the rows
// in use. It hands over what a single goroutine would have found, in the same order: an
// error comes after all rows and rejects before it. stop must be called.
type feed struct {
	in      *input
	file    io.Reader
	guard   *guard
	batches chan *batch
	spare   chan *batch // used up, to be filled again
	cancel  context.CancelFunc
	read    int64 // bytes of the file so far
	err     error // nil: the file was read to its end; valid once batches is closed
}

// batch is a stretch of a file.
type batch struct {
	rows    []shopcsv.Record
	cells   []string // of all rows; there is room for as many as may come
	rejects []earlyReject
	size    int   // bytes of the rows' text
	read    int64 // bytes of the file that were read up to here
}

// earlyReject is what reading or the guard rejected before the row at an index is used.
type earlyReject struct {
	before, line int
	reason       string
}

// startFeed begins to read file. It writes to in once the file was read to its end.
func startFeed(ctx context.Context, file io.Reader, in *input, encoding shopcsv.Encoding) *feed {
	ctx, cancel := context.WithCancel(ctx)
	f := &feed{
		in: in, file: file, guard: newGuard(in), cancel: cancel,
		batches: make(chan *batch, readAhead), spare: make(chan *batch, readAhead+2),
	}
	go func() {
		defer close(f.batches)
		f.err = f.run(ctx, encoding)
	}()
	return f
}

// stop ends reading and waits until nothing of it is left: then the file may be closed.
func (f *feed) stop() {
	f.cancel()
	for range f.batches {
	}
}

// Read counts what is read of the file.
func (f *feed) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	f.read += int64(n)
	return n, err
}

func (f *feed) run(ctx context.Context, encoding shopcsv.Encoding) error {
	sum := sha256.New()
	tee := io.TeeReader(f, sum)
	r := shopcsv.NewReader(tee, shopcsv.Options{Encoding: encoding})
	if header, err := r.Header(); err == nil && len(header) != f.in.cols.Len() {
		return fmt.Errorf("%w: %s: it was changed while it was read", ErrUnreadable, f.in.base)
	}
	if err := f.records(ctx, r); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrUnreadable, f.in.base, err)
	}
	sum.Sum(f.in.sum[:0])
	f.in.text = r.Encoding()
	return f.guard.verdict()
}

// records hands over the whole file. A batch is sent only once there is more to come,
// because the end of the file says whether the last row is whole.
func (f *feed) records(ctx context.Context, r *shopcsv.Reader) error {
	b := f.empty()
	last := 1 // the line of the last row, or of the header; 0: it was rejected
	for {
		rec, err := r.Append(b.cells)
		bad := rowError(err)
		switch {
		case err == nil, bad != nil:
		case errors.Is(err, io.EOF):
			if r.Unterminated() && last > 0 {
				b.cut(last)
			}
			return f.send(ctx, b)
		default:
			return errors.Join(f.send(ctx, b), fmt.Errorf("%w: %s: %w", ErrUnreadable, f.in.base, err))
		}
		if b.full() {
			next := f.empty()
			rec.Fields = append(next.cells, rec.Fields...)
			if err := f.send(ctx, b); err != nil {
				return err
			}
			b = next
		}
		if last = rec.Line; bad != nil {
			b.reject(bad.Line, bad.Reason)
			continue
		}
		if err := f.guard.search(rec, b.reject); err != nil {
			return errors.Join(f.send(ctx, b), err)
		}
		b.add(rec)
	}
}

// rowError is the error of a row, or nil for another one and for none.
func rowError(err error) *shopcsv.RowError {
	if err == nil {
		return nil
	}
	var bad *shopcsv.RowError
	errors.As(err, &bad)
	return bad
}

func (f *feed) send(ctx context.Context, b *batch) error {
	b.read = f.read
	select {
	case f.batches <- b:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("reading %s: %w", f.in.base, ctx.Err())
	}
}

func (f *feed) empty() *batch {
	select {
	case b := <-f.spare:
		clear(b.cells) // they hold the text of the file
		b.rows, b.cells, b.rejects, b.size = b.rows[:0], b.cells[:0], b.rejects[:0], 0
		return b
	default:
		return &batch{cells: make([]string, 0, batchRows*f.in.cols.Len())}
	}
}

// used gives a batch back.
func (f *feed) used(b *batch) {
	select {
	case f.spare <- b:
	default:
	}
}

func (b *batch) full() bool { return len(b.rows)+len(b.rejects) >= batchRows || b.size >= batchBytes }

func (b *batch) add(rec shopcsv.Record) {
	b.rows, b.cells = append(b.rows, rec), b.cells[:len(b.cells)+len(rec.Fields)]
	for _, field := range rec.Fields {
		b.size += len(field)
	}
}

func (b *batch) reject(line int, reason string) {
	b.rejects = append(b.rejects, earlyReject{before: len(b.rows), line: line, reason: reason})
}

// cut rejects the last row, because the file ends without a line end. Its last cell may
// be the beginning of another value: of somebody else's address, at worst.
func (b *batch) cut(line int) {
	if len(b.rows) > 0 {
		b.rows = b.rows[:len(b.rows)-1]
	}
	b.reject(line, "the file ends in the middle of a line: it may have been cut; export it again, or end that line if it is whole")
}
