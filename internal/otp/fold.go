package otp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxInput bounds the work on foreign bytes: a pasted line of a mail, not a mail.
const maxInput = 1024

// Fold finds the one code in what somebody typed or pasted: 8, 9, 10, 12 or 20 digits,
// with spaces or dashes among them, full-width or not, alone or in a line of other text
// that holds no second such run. Everything else is ErrNotACode. It refuses digits of
// other scripts and digits that are part of a word, an address or a number with a sign
// or a fraction, rather than guess what was meant.
func Fold(input string) (digits string, form Form, err error) {
	if len(input) > maxInput || !utf8.ValidString(input) {
		return "", "", ErrNotACode
	}
	line := []rune(strings.Map(narrow, input))
	for at := 0; at < len(line); {
		r := line[at]
		if !isDigit(r) {
			if unicode.IsNumber(r) { // circled, Arabic-Indic, fractions …
				return "", "", ErrNotACode
			}
			at++
			continue
		}
		run, end := readRun(line, at)
		if isLength(len(run)) {
			if digits != "" || isGlued(line, at, end) {
				return "", "", ErrNotACode
			}
			digits = run
		}
		at = end
	}
	switch len(digits) {
	case 0:
		return "", "", ErrNotACode
	case longDigits:
		return digits, Long, nil
	default:
		return digits, Short, nil
	}
}

// narrow maps full-width ASCII, the spaces of all scripts and the dashes people type.
// A line break stays: it ends a run.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		r = r - '！' + '!'
	case r == '\n', r == '\r', r == '\u2028', r == '\u2029', r == '\u0085', r == '\v', r == '\f':
		return '\n'
	case unicode.IsSpace(r):
		return ' '
	}
	if strings.ContainsRune("‐‑‒–—―−ー─﹣ｰ", r) {
		return '-'
	}
	return r
}

// readRun reads digits with spaces and dashes among them; end is behind the last digit.
func readRun(line []rune, at int) (run string, end int) {
	var b strings.Builder
	end = at
	for ; at < len(line); at++ {
		switch r := line[at]; {
		case isDigit(r):
			b.WriteRune(r)
			end = at + 1
		case r != ' ' && r != '-':
			return b.String(), end
		}
	}
	return b.String(), end
}

// isGlued tells whether a run is part of something that is no code: a word, an address,
// a number with a sign or a fraction.
func isGlued(line []rune, start, end int) bool {
	part := func(r rune) bool {
		return r < utf8.RuneSelf && unicode.IsLetter(r) || strings.ContainsRune("+@_%", r)
	}
	fraction := func(r rune) bool { return r == '.' || r == ',' }
	if start > 0 && (part(line[start-1]) || fraction(line[start-1]) && start > 1 && isDigit(line[start-2])) {
		return true
	}
	if end < len(line) {
		return part(line[end]) || fraction(line[end]) && end+1 < len(line) && isDigit(line[end+1])
	}
	return false
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLength(n int) bool { return n == 8 || n == 9 || n == 10 || n == 12 || n == longDigits }
