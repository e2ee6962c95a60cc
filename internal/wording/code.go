package wording

import "strings"

// GroupCode shows the digits of a code in groups that can be read and typed:
// 1234-5678, 123-456-789, 12345-67890, 1234-5678-9012 and, for a long code, five
// groups of four. Other lengths are not codes and come back as they are.
func GroupCode(digits string) string {
	switch len(digits) {
	case 8, 12, 20:
		return grouped(digits, 4)
	case 9:
		return grouped(digits, 3)
	case 10:
		return grouped(digits, 5)
	default:
		return digits
	}
}

// groupPhoneCode shows a code that is read aloud: 8 digits in pairs, 12-34-56-78.
func groupPhoneCode(digits string) string {
	if len(digits) == 8 {
		return grouped(digits, 2)
	}
	return GroupCode(digits)
}

func grouped(s string, size int) string {
	var parts []string
	for ; len(s) > size; s = s[size:] {
		parts = append(parts, s[:size])
	}
	return strings.Join(append(parts, s), "-")
}
