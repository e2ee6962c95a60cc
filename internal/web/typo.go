package web

import (
	"strings"

	"exposure/internal/email"
)

// typo is a domain that is likely meant to be another. Nothing is ever corrected unasked.
type typo struct {
	Typed, Meant string // domains
	Address      string // with the domain that is meant
}

// typos are domains that nobody has mail at, or hardly anybody, and what people mean who
// type them.
func typos() map[string]string {
	return map[string]string{
		"docomo.co.jp": "docomo.ne.jp", "docomo.ne.jo": "docomo.ne.jp", "docomo.ne.jpn": "docomo.ne.jp", "docomo.jp": "docomo.ne.jp", "docom.ne.jp": "docomo.ne.jp",
		"ezweb.co.jp": "ezweb.ne.jp", "ezweb.ne.jo": "ezweb.ne.jp", "ezweb.jp": "ezweb.ne.jp", "ezewb.ne.jp": "ezweb.ne.jp", "au.co.jp": "au.com",
		"softbank.jp": "softbank.ne.jp", "softbank.co.jp": "softbank.ne.jp", "softbank.ne.jo": "softbank.ne.jp", "sofbank.ne.jp": "softbank.ne.jp", "i.softbank.ne.jp": "i.softbank.jp",
		"gmail.co.jp": "gmail.com", "gmail.co": "gmail.com", "gmail.cm": "gmail.com", "gmail.con": "gmail.com", "gmail.jp": "gmail.com",
		"gmai.com": "gmail.com", "gmial.com": "gmail.com", "gamil.com": "gmail.com", "gmaill.com": "gmail.com", "gnail.com": "gmail.com",
		"yahoo.ne.jp": "yahoo.co.jp", "yahoo.co.jo": "yahoo.co.jp", "yahoo.jp": "yahoo.co.jp", "yaho.co.jp": "yahoo.co.jp", "yafoo.co.jp": "yahoo.co.jp",
		"icloud.co.jp": "icloud.com", "icloud.co": "icloud.com", "icloud.jp": "icloud.com", "iclod.com": "icloud.com", "icoud.com": "icloud.com",
		"hotmail.co": "hotmail.com", "hotmail.con": "hotmail.com", "hotmial.com": "hotmail.com", "outlook.co": "outlook.com", "outlook.con": "outlook.com", "outook.com": "outlook.com",
	}
}

// suggest returns the likely typo in an address, or nil.
func suggest(typed string) *typo {
	a, err := email.Parse(typed)
	if err != nil {
		return nil
	}
	domain := a.Domain()
	meant, ok := typos()[domain]
	if !ok {
		return nil
	}
	return &typo{Typed: domain, Meant: meant, Address: strings.TrimSuffix(a.Reveal(), domain) + meant}
}
