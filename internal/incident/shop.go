package incident

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"exposure/internal/email"
)

// Vocabulary is what the words in a shop's exports mean. Only the importer uses it;
// comparing them folded is the importer's job.
type Vocabulary struct {
	CardMethods  []string // payment methods that are a card
	OtherMethods []string // payment methods that are none
	WebDevices   []string // values of the device column of orders placed on the site
	OtherDevices []string // values of orders that were not, e.g. keyed in by staff
	Engraved     Engraved
	Zone         *time.Location // the clock of the shop's exports; never nil
}

// Engraved says which products carry a name and birth date.
type Engraved struct {
	Codes  []string // product codes
	Names  []string // names of products that have no code
	Except []string // codes that look like it and are not
}

func (l *loader) readShop(n ast.Node) {
	v := &l.words
	l.object(n, "shop",
		may("zone", func(n ast.Node) { v.Zone = l.location(n) }),
		may("card_methods", l.wordList("card_methods", &v.CardMethods)),
		may("other_methods", l.wordList("other_methods", &v.OtherMethods, &v.CardMethods)),
		may("web_devices", l.wordList("web_devices", &v.WebDevices)),
		may("other_devices", l.wordList("other_devices", &v.OtherDevices, &v.WebDevices)),
		may("engraved", func(n ast.Node) {
			l.object(n, "engraved",
				may("codes", l.wordList("codes", &v.Engraved.Codes)),
				may("names", l.wordList("names", &v.Engraved.Names)),
				may("except", l.wordList("except", &v.Engraved.Except, &v.Engraved.Codes, &v.Engraved.Names)),
			)
		}),
	)
}

// wordList reads into list what stands neither in it yet nor in the others.
func (l *loader) wordList(what string, list *[]string, others ...*[]string) func(ast.Node) {
	return func(n ast.Node) {
		l.each(n, what, func(n ast.Node) {
			s, ok := l.str(n, "an entry of "+what)
			if !ok {
				return
			}
			for _, o := range append(others, list) {
				if slices.Contains(*o, s) {
					l.fail(n, "%q appears twice: it cannot mean two things", s)
					return
				}
			}
			*list = append(*list, s)
		})
	}
}

func (l *loader) readSite(n ast.Node) {
	l.object(n, "site",
		must("name", func(n ast.Node) {
			l.in.Site.Name = l.text(n, "the site's name", plainLocales)
			for _, name := range l.in.Site.Name {
				if strings.Contains(name, "\n") { // it goes into the subject of mails
					l.fail(n, "the site's name must be one line")
				}
			}
		}),
		must("origin", func(n ast.Node) { l.in.Site.Origin = l.link(n, "the site's origin", false) }),
	)
}

// link reads an https address; without path it is an origin.
func (l *loader) link(n ast.Node, what string, path bool) string {
	s, ok := l.str(n, what)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		l.fail(n, "%s must be an https:// address", what)
	case !path && (u.Path != "" || u.RawQuery != ""):
		l.fail(n, "%s must end after the host name", what)
	}
	return s
}

func (l *loader) readMail(n ast.Node) {
	l.object(n, "mail",
		must("from", func(n ast.Node) { l.in.Mail.From = l.address(n, "the sender of our mails") }),
		must("allow_domain", func(n ast.Node) {
			s, ok := l.str(n, "allow_domain")
			if a, err := email.Parse("x@" + s); ok && (err != nil || a.Domain() != s) {
				l.fail(n, "allow_domain must be a domain name in small letters")
			}
			l.in.Mail.AllowDomain = s
		}),
	)
}

func (l *loader) address(n ast.Node, what string) string {
	s, ok := l.str(n, what)
	if a, err := email.Parse(s); ok && (err != nil || a.Reveal() != s) {
		l.fail(n, "%s must be an e-mail address in small letters", what)
	}
	return s
}

// line reads text of one line.
func (l *loader) line(n ast.Node, what string) string {
	s, ok := l.str(n, what)
	if ok && strings.Contains(s, "\n") {
		l.fail(n, "%s must be one line", what)
	}
	return s
}

func (l *loader) readContact(n ast.Node) {
	c := &l.in.Contact
	l.object(n, "contact",
		must("phone", func(n ast.Node) { c.Phone = l.line(n, "the phone number") }),
		must("email", func(n ast.Node) { c.Email = l.address(n, "the help line's address") }),
		must("label", func(n ast.Node) { c.Label = l.text(n, "the office hours in words", plainLocales) }),
		must("hours", l.readHours),
	)
}

func (l *loader) readHours(n ast.Node) {
	h := &l.in.Contact.Hours
	h.Zone = l.zone
	before := len(l.errs)
	l.object(n, "hours",
		must("days", l.readDays),
		must("from", func(n ast.Node) { h.From = l.clock(n, "from") }),
		must("to", func(n ast.Node) { h.To = l.clock(n, "to") }),
		may("holidays", func(n ast.Node) { h.Holidays = l.holidays(n) }),
		may("closures", func(n ast.Node) { h.Closures = l.closures(n) }),
	)
	if before == len(l.errs) && h.From >= h.To {
		l.fail(n, "the line must open (from) before it closes (to)")
	}
}

func (l *loader) readDays(n ast.Node) {
	week := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday
	l.each(n, "days", func(n ast.Node) {
		s, ok := l.str(n, "a day")
		i := slices.Index(week, s)
		switch {
		case !ok:
		case i < 0:
			l.fail(n, "no day %q; there are %v", s, week)
		default:
			l.in.Contact.Hours.Days[i] = true
		}
	})
	if l.in.Contact.Hours.Days == [7]bool{} {
		l.fail(n, "the help line needs a day on which it is open")
	}
}

func (l *loader) readFirstNotice(n ast.Node) {
	l.object(n, "first_notice", must("sent_on", func(n ast.Node) {
		t := l.day(n, "sent_on")
		l.in.FirstNotice = &t
	}))
}

func (l *loader) readNotices(n ast.Node) {
	since := func(to **time.Time, what string) func(ast.Node) {
		return func(n ast.Node) {
			t := l.dayOrInstant(n, what)
			*to = &t
		}
	}
	l.object(n, "notices",
		may("mail_from", since(&l.in.Notices.MailFrom, "mail_from")),
		may("letters_from", since(&l.in.Notices.LettersFrom, "letters_from")),
	)
}
