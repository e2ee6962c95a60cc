package main

import (
	"bufio"
	_ "embed" // the page
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"exposure/internal/agent"
)

func isNoAccount(err error) bool { return errors.Is(err, agent.ErrNoAccount) }

// quiet is the white border that a QR code needs, in modules.
const quiet = 4

// dots are the dark modules of a QR code with its quiet zone.
type dots struct {
	size int // of a side
	code barcode.Barcode
}

func dotsOf(text string) (dots, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return dots{}, errors.New("the otpauth address is too long for a QR code") // the cause would quote the secret
	}
	return dots{code.Bounds().Dx() + 2*quiet, code}, nil
}

func (d dots) dark(x, y int) bool {
	x, y = x-quiet, y-quiet
	if x < 0 || y < 0 || x >= d.size-2*quiet || y >= d.size-2*quiet {
		return false
	}
	r, _, _, _ := d.code.At(x, y).RGBA()
	return r == 0
}

// terminal draws two modules in each character, black on white whatever the colours of the
// terminal are: cameras do not read all codes that are light on dark.
func (d dots) terminal(w io.Writer) {
	for y := 0; y < d.size; y += 2 {
		fmt.Fprint(w, "\x1b[38;5;16;48;5;231m")
		for x := range d.size {
			switch upper, lower := d.dark(x, y), d.dark(x, y+1); {
			case upper && lower:
				fmt.Fprint(w, "█")
			case upper:
				fmt.Fprint(w, "▀")
			case lower:
				fmt.Fprint(w, "▄")
			default:
				fmt.Fprint(w, " ")
			}
		}
		fmt.Fprint(w, "\x1b[0m\n")
	}
}

// path draws the dark modules as an SVG path, a unit each.
func (d dots) path() string {
	var b strings.Builder
	for y := range d.size {
		for x := range d.size {
			if d.dark(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String()
}

func writeCredentials(to io.Writer, c agent.Credentials, uri string) error {
	code, err := dotsOf(uri)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "account:         %s\nfirst password:  %s\nsecret:          %s\naddress:         %s\n", c.Name, c.Password, c.TOTP, uri)
	code.terminal(w)
	fmt.Fprintln(w, "paper codes, each for one sign-in (0 and 1 are digits, here and in the password):")
	for i, p := range c.Papers {
		fmt.Fprintf(w, "%4d  %s\n", i+1, p)
	}
	return w.Flush()
}

//go:embed agentsheet.html
var sheetPage string

// sheetFile is a page to print. Until it is kept it goes with whatever went wrong.
type sheetFile struct {
	path  string
	wrote bool
}

// write makes the page, readable by its owner only. It never overwrites anything.
func (s *sheetFile) write(c agent.Credentials, issuer string) (err error) {
	s.discard() // of a step that was taken before
	code, err := dotsOf(c.URI(issuer))
	if err != nil {
		return err
	}
	page, err := template.New("sheet").Parse(sheetPage)
	if err != nil {
		return fmt.Errorf("reading the sheet: %w", err)
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the sheet: %w", err)
	}
	s.wrote = true
	err = page.Execute(f, map[string]any{"C": c, "Issuer": issuer, "Secret": inFours(c.TOTP), "Size": code.size, "Path": code.path()})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the sheet: %w", err)
	}
	return nil
}

func (s *sheetFile) keep() { s.wrote = false }

// discard removes a page that is worth nothing, and only one that was written here.
func (s *sheetFile) discard() {
	if s.wrote {
		_ = os.Remove(s.path)
		s.wrote = false
	}
}

// inFours is a secret as people copy it.
func inFours(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), " ")
}
