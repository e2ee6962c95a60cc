package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"exposure/internal/roster/profile"
	"exposure/internal/roster/shopcsv"
)

// ErrHashes means that a file of password hashes has mistakes. Nothing of it is taken.
var ErrHashes = errors.New("the file of password hashes has mistakes")

// HashFile is a CSV file with what a shop stored of its members' passwords at some time:
// the id of the member and the hash, by columns that are recognised by their names or
// named here.
type HashFile struct {
	Path                     string
	Encoding                 string // as for Options
	MemberColumn, HashColumn string // empty: recognised
}

// The names under which shops and their dumps hold the two, folded.
func memberColumns() []string {
	return []string{"customer_id", "member_id", "会員id", "顧客id", "id"}
}

func hashColumns() []string {
	return []string{"password", "password_hash", "hash", "パスワード"}
}

// Each calls do for every member with a hash, once the whole file was found to be in order:
// hashes alone in the column, no member with two of them, and a line end at its end. A
// member without a hash is left out. Errors name lines and never hold a cell; those of the
// file wrap ErrHashes or ErrUnreadable.
func (f HashFile) Each(ctx context.Context, do func(memberID, hash string) error) error {
	seen, bad := map[string][8]byte{}, lineFaults{of: ErrHashes}
	if err := f.read(ctx, &bad, func(line int, id, hash string) error {
		sum := sha256.Sum256([]byte(hash))
		short := [8]byte(sum[:8])
		before, twice := seen[id]
		switch {
		case id == "":
			bad.add(line, "there is no member id")
		case !looksHashed(hash):
			bad.add(line, "what stands for the password does not look like a hash: passwords that can be read must not be in a file; destroy it, and export the hashes")
		case twice && before != short:
			bad.add(line, "this member has two different hashes")
		}
		seen[strings.Clone(id)] = short
		return nil
	}); err != nil {
		return err
	}
	if err := bad.err(); err != nil {
		return err
	}
	if len(seen) == 0 {
		return fmt.Errorf("%w: it holds no hash of any member", ErrHashes)
	}
	return f.read(ctx, &bad, func(_ int, id, hash string) error {
		if _, first := seen[id]; !first {
			return nil
		}
		delete(seen, id)
		return do(id, hash)
	})
}

// read goes through the file once.
func (f HashFile) read(ctx context.Context, bad *lineFaults, each func(line int, id, hash string) error) error {
	file, err := openFile(f.Path, "the file of password hashes")
	if err != nil {
		return err
	}
	defer file.Close()
	encoding, err := shopcsv.ParseEncoding(f.Encoding)
	if err != nil {
		return err
	}
	reader := shopcsv.NewReader(file, shopcsv.Options{Encoding: encoding})
	member, hash, err := f.columns(reader)
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		if n%progressEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := reader.Next()
		var row *shopcsv.RowError
		switch {
		case errors.As(err, &row):
			bad.add(row.Line, row.Reason)
			continue
		case errors.Is(err, io.EOF) && reader.Unterminated():
			return fmt.Errorf("%w: it ends without a line end, so it may be cut off: export it again", ErrHashes)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: the file of password hashes: %w", ErrUnreadable, err)
		case rec.Fields[hash] == "": // a password that opens nothing
			continue
		}
		if err := each(rec.Line, strings.TrimSpace(rec.Fields[member]), rec.Fields[hash]); err != nil {
			return err
		}
	}
}

func (f HashFile) columns(reader *shopcsv.Reader) (member, hash int, err error) {
	header, err := reader.Header()
	if err != nil {
		return 0, 0, fmt.Errorf("%w: the file of password hashes: %w", ErrUnreadable, err)
	}
	if member, err = column(header, f.MemberColumn, memberColumns(), "--member-column"); err != nil {
		return 0, 0, err
	}
	hash, err = column(header, f.HashColumn, hashColumns(), "--hash-column")
	return member, hash, err
}

// column finds the one column of a name, or of the first of the known names that is there.
func column(header []string, name string, known []string, flag string) (int, error) {
	if name != "" {
		known = []string{name}
	}
	for _, want := range known {
		at := -1
		for i, h := range header {
			if profile.FoldName(h) != profile.FoldName(want) {
				continue
			}
			if at >= 0 {
				return 0, fmt.Errorf("%w: it has the column %q twice", ErrHashes, want)
			}
			at = i
		}
		if at >= 0 {
			return at, nil
		}
	}
	return 0, fmt.Errorf("%w: it has no column %s: name it with %s", ErrHashes, strings.Join(known, ", "), flag)
}

// fewestHashed is the length of the shortest hash that shops store, MD5 in hexadecimal;
// fewestBase64 that of SHA-256 in base64, shorter words of such letters may be passwords.
const (
	fewestHashed = 32
	fewestBase64 = 43
)

// looksHashed tells a stored hash from a password that can be read.
func looksHashed(s string) bool {
	const hex, base64 = "0123456789abcdefABCDEF", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
	only := func(s, letters string) bool { return strings.Trim(s, letters) == "" }
	first, _, _ := strings.Cut(s, ":") // some shops append the salt
	switch {
	case strings.ContainsAny(s, " \t\r\n"):
		return false
	case len(first) >= fewestHashed && only(first, hex):
		return true
	case s != "" && s[0] == '$': // $2y$10$…, $argon2id$v=19$…
		return len(s) >= fewestHashed && strings.Count(s, "$") >= 3
	default:
		return len(s) >= fewestBase64 && only(s, base64)
	}
}
