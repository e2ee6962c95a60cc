package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// letterLine bounds what is read of a line, in bytes. It is more than a letter number may
// have, so that what is cut off is refused for its form.
const letterLine = 1024

// letterNumber is what a flag was given as the number of a letter, not looked at yet. "-"
// reads it, one line, from standard input: a number on the command line stays in the
// shell's history and stands in the list of processes, and whoever has it reads a report.
func (p *program) letterNumber(flag, given string) (string, error) {
	if given != "-" {
		return given, nil
	}
	if f, ok := p.In.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(p.Err, "Number of the letter: ")
	}
	lines := bufio.NewScanner(io.LimitReader(p.In, letterLine))
	if !lines.Scan() && lines.Err() != nil {
		return "", fmt.Errorf("reading %s from standard input: %w", flag, lines.Err())
	}
	number := strings.TrimPrefix(lines.Text(), "\ufeff")
	if strings.TrimSpace(number) == "" {
		return "", usagef("%s: the first line of standard input holds no number", flag)
	}
	return number, nil
}
