package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestTheKitsGuidesShowRealCommands: each command of the guides that the kit brings to the
// shop is one of this program, with all it needs.
func TestTheKitsGuidesShowRealCommands(t *testing.T) {
	guides, err := filepath.Glob("../../internal/kit/eccube2/guide/*.md")
	if err != nil || len(guides) < 3 {
		t.Fatalf("%d guides, %v", len(guides), err)
	}
	found := 0
	for _, guide := range guides {
		b, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`exposurectl ([^`\n]+)`").FindAllStringSubmatch(string(b), -1) {
			found++
			if err := parses(m[1]); err != nil {
				t.Errorf("%s: exposurectl %s: %v", filepath.Base(guide), m[1], err)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d commands found", found)
	}
	for _, wrong := range []string{"reset order everybody", "client add kit --scopes list", "reset accept --member 1"} {
		if parses(wrong) == nil {
			t.Errorf("%q passes for a command", wrong)
		}
	}
}

// parses tells whether a command line is one of this program; 〔…〕 stands for a value.
func parses(line string) error {
	var c cli
	parser, err := kong.New(&c, kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		return err
	}
	var args []string
	for _, arg := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(regexp.MustCompile(`〔[^〕]*〕`).ReplaceAllString(line, "x"), -1) {
		args = append(args, strings.Trim(arg, `"`))
	}
	_, err = parser.Parse(args)
	return err
}
