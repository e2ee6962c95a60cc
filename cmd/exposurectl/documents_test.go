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

// TestDocumentsShowRealCommands: each command of the guides that the kit brings to the shop,
// and of our own manual, is one of this program, with all it needs.
func TestDocumentsShowRealCommands(t *testing.T) {
	for _, of := range []struct {
		documents string
		least     int // commands in them
	}{
		{"../../internal/kit/eccube2/guide/*.md", 30},
		{"../../README.md", 10},
		{"*.md", 12},
	} {
		documents, err := filepath.Glob(of.documents)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, document := range documents {
			b, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			// "…" is whatever files there are, and a document is one.
			values := strings.NewReplacer("FILES…", document, "…", document, "--version N", "--version 1")
			for _, m := range regexp.MustCompile("`exposurectl\\s+([^`]+)`").FindAllStringSubmatch(string(b), -1) {
				found++
				if err := parses(values.Replace(m[1])); err != nil {
					t.Errorf("%s: exposurectl %s: %v", filepath.Base(document), m[1], err)
				}
			}
		}
		if found < of.least {
			t.Errorf("only %d commands found in %s", found, of.documents)
		}
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
