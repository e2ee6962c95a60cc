package incident

import (
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"exposure/internal/breach"
	"exposure/internal/strictyaml"
)

// coverage says in which of the incident's locales a text must exist.
type coverage int

const (
	// everyLocale is for what a person's own answer is made of.
	everyLocale coverage = iota
	// plainLocales leaves out easy Japanese, which then falls back to Japanese.
	plainLocales
	// perhapsEmpty is everyLocale, but "" is a text: some languages say it all in the
	// title.
	perhapsEmpty
)

// text reads one text in its languages.
func (l *loader) text(n ast.Node, what string, c coverage) breach.Text {
	t := breach.Text{}
	ok := l.Pairs(n, what, func(k *token.Token, v ast.Node) {
		locale := breach.Locale(k.Value)
		if !slices.Contains(l.in.Locales, locale) {
			l.Token(k, "%s: %q is not one of the incident's locales %v", what, locale, l.in.Locales)
			return
		}
		if s, ok := v.(*ast.StringNode); ok && c == perhapsEmpty && s.Value == "" {
			t[locale] = ""
			return
		}
		if s, ok := l.str(v, what+" ("+string(locale)+")"); ok {
			t[locale] = s
		} else {
			t[locale] = "?" // already reported
		}
	})
	if !ok {
		return nil
	}
	for _, locale := range l.in.Locales {
		if _, ok := t[locale]; !ok && (c != plainLocales || locale != breach.EasyJapanese) {
			l.Fail(n, "%s lacks the locale %q", what, locale)
		}
	}
	return t
}

// byID reads a mapping of ids, in file order.
func (l *loader) byID(n ast.Node, what string, read func(id string, n ast.Node)) {
	l.Pairs(n, what, func(k *token.Token, v ast.Node) {
		if !plainID.MatchString(k.Value) {
			l.Token(k, "%s: id %q must be short and of a-z, 0-9 and _", what, k.Value)
			return
		}
		read(k.Value, v)
	})
}

func (l *loader) readCategories(n ast.Node) {
	l.categories = map[breach.CategoryID]bool{}
	l.byID(n, "categories", func(id string, n ast.Node) {
		c := breach.Category{ID: breach.CategoryID(id), Label: l.text(n, "the label of "+id, everyLocale)}
		l.in.Categories = append(l.in.Categories, c)
		l.categories[c.ID] = true
	})
}

func (l *loader) readActions(n ast.Node) {
	l.actions = map[breach.ActionID]bool{}
	l.byID(n, "actions", func(id string, n ast.Node) {
		a := breach.Action{ID: breach.ActionID(id)}
		keys := l.wording(id, &a.Title, &a.Body)
		keys = append(keys, strictyaml.May("variants", func(n ast.Node) { a.Variants = l.variants(n, id) }))
		l.Object(n, "action "+id, keys...)
		l.in.Actions = append(l.in.Actions, a)
		l.actions[a.ID] = true
	})
}

func (l *loader) wording(id string, title, body *breach.Text) []strictyaml.Key {
	return []strictyaml.Key{
		strictyaml.Must("title", func(n ast.Node) { *title = l.text(n, "the title of "+id, everyLocale) }),
		strictyaml.May("body", func(n ast.Node) { *body = l.text(n, "the body of "+id, perhapsEmpty) }),
	}
}

func (l *loader) variants(n ast.Node, id string) map[breach.Variant]breach.Wording {
	all := map[breach.Variant]breach.Wording{}
	var keys []strictyaml.Key
	for _, v := range []breach.Variant{breach.VariantPlanned, breach.VariantCompleted, breach.VariantWithdrawn, breach.VariantLetter} {
		keys = append(keys, strictyaml.May(string(v), func(n ast.Node) {
			var w breach.Wording
			l.Object(n, "variant "+string(v)+" of "+id, l.wording(id+" ("+string(v)+")", &w.Title, &w.Body)...)
			all[v] = w
		}))
	}
	l.Object(n, "the variants of "+id, keys...)
	return all
}

func (l *loader) readScopes(n ast.Node) {
	l.Object(n, "scopes",
		strictyaml.Must("address", func(n ast.Node) { l.in.ScopeAddress = l.text(n, "the heading for an address", everyLocale) }),
		strictyaml.May("letter", func(n ast.Node) { l.in.ScopeLetter = l.text(n, "the heading for a letter", everyLocale) }),
	)
}

func (l *loader) readCannotTell(n ast.Node) {
	l.byID(n, "cannot_tell", func(id string, n ast.Node) {
		s := breach.Statement{ID: id}
		l.Object(n, "statement "+id,
			strictyaml.Must("text", func(n ast.Node) { s.Text = l.text(n, "statement "+id, everyLocale) }),
			strictyaml.May("before_letters", func(n ast.Node) { s.BeforeLetters = l.text(n, "statement "+id+" before letters", everyLocale) }),
		)
		l.in.CannotTell = append(l.in.CannotTell, s)
	})
	if len(l.in.CannotTell) == 0 {
		l.Fail(n, "cannot_tell is empty: an answer \"not listed\" must say what it cannot tell")
	}
}

func (l *loader) readDoubts(n ast.Node) {
	reasons := []breach.ReviewReason{
		breach.AbandonedCardAttempt, breach.StaffKeyedOrder, breach.BuyerAtOtherAddress,
		breach.NearBuyer, breach.FirstNoticeOnly, breach.UnclearRecord,
	}
	seen := false
	l.byID(n, "doubts", func(id string, v ast.Node) {
		d := breach.Doubt{Reason: breach.ReviewReason(id)}
		if !slices.Contains(reasons, d.Reason) {
			l.Fail(v, "no doubt reason %q; there are %v", id, reasons)
			return
		}
		d.Text = l.text(v, "the doubt "+id, everyLocale)
		l.in.Doubts = append(l.in.Doubts, d)
		seen = seen || d.Reason == breach.UnclearRecord
	})
	if !seen {
		l.Fail(n, "doubts lacks %q, whose words stand for every reason without its own", breach.UnclearRecord)
	}
}

func (l *loader) readTimeline(n ast.Node) {
	l.Each(n, "the timeline", func(n ast.Node) {
		var e breach.Event
		l.Object(n, "an event",
			strictyaml.Must("on", func(n ast.Node) { e.On = l.day(n, "the day of an event") }),
			strictyaml.Must("what", func(n ast.Node) { e.What = l.text(n, "an event", plainLocales) }),
		)
		if k := len(l.in.Timeline); k > 0 && e.On.Before(l.in.Timeline[k-1].On) {
			l.Fail(n, "the timeline is not in order of time")
		}
		l.in.Timeline = append(l.in.Timeline, e)
	})
}

func (l *loader) readFAQ(n ast.Node) {
	l.byID(n, "faq", func(id string, n ast.Node) {
		q := breach.Question{ID: id}
		l.Object(n, "question "+id,
			strictyaml.Must("ask", func(n ast.Node) { q.Ask = l.text(n, "question "+id, plainLocales) }),
			strictyaml.Must("answer", func(n ast.Node) { q.Answer = l.text(n, "the answer to "+id, plainLocales) }),
		)
		l.in.FAQ = append(l.in.FAQ, q)
	})
}
