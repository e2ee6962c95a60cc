package email

import "strings"

// Mailbox returns the address as mail servers commonly deliver to it: without a plus tag,
// and for Gmail without dots and under its usual name. Several addresses may share one.
//
// It only bounds how much mail one person is sent. It says nothing about whose an address
// is: elsewhere a plus or a dot makes another person's address.
func (a Address) Mailbox() Address {
	at := strings.LastIndexByte(a.folded, '@')
	if at < 0 {
		return a
	}
	local, domain := a.folded[:at], a.folded[at+1:]
	if plain, _, tagged := strings.Cut(local, "+"); tagged && plain != "" {
		local = plain
	}
	if domain == "gmail.com" || domain == "googlemail.com" {
		domain = "gmail.com"
		if plain := strings.ReplaceAll(local, ".", ""); plain != "" {
			local = plain
		}
	}
	return Address{folded: local + "@" + domain}
}
