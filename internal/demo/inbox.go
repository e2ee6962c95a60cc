package demo

import (
	_ "embed" // the page
	"html/template"
	"net/http"
	"slices"
	"time"

	"exposure/internal/breach"
	"exposure/internal/mailer"
	"exposure/internal/reset"
)

//go:embed inbox.html
var inboxHTML string

// InboxPath is where the private listener shows the page.
const InboxPath = "/inbox"

// InboxPage shows the mail that the demo captured instead of sending it, and how the
// forced resets stand, with a button that orders them. It shows codes to whoever opens
// it, so it belongs on the private listener of a demo and nowhere else.
func InboxPage(in *mailer.Inbox, resets *Resets, zone *time.Location) http.Handler {
	page := template.Must(template.New("inbox").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04:05 MST") },
	}).Parse(inboxHTML))
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+InboxPath, func(w http.ResponseWriter, r *http.Request) {
		showInbox(w, r, page, in, resets, nil)
	})
	mux.HandleFunc("POST "+InboxPath+"/order", func(w http.ResponseWriter, r *http.Request) {
		if err := resets.Order(r.Context()); err != nil {
			showInbox(w, r, page, in, resets, err)
			return
		}
		http.Redirect(w, r, InboxPath, http.StatusSeeOther)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

// inboxPage is what the template gets.
type inboxPage struct {
	Messages []mailer.Message
	Resets   []reset.Count
	Planned  int // whose reset can be ordered
	Refused  error
}

func showInbox(w http.ResponseWriter, r *http.Request, page *template.Template, in *mailer.Inbox, resets *Resets, refused error) {
	counts, err := resets.Counts(r.Context())
	if err != nil {
		http.Error(w, "the resets cannot be read", http.StatusServiceUnavailable)
		return
	}
	p := inboxPage{Messages: slices.Clone(in.Messages()), Refused: refused}
	slices.SortStableFunc(p.Messages, func(a, b mailer.Message) int { return b.Date.Compare(a.Date) })
	for _, c := range counts {
		if n := c.Total(); n > 0 {
			p.Resets = append(p.Resets, c)
		}
		if c.State == breach.ResetPlanned {
			p.Planned = c.Total()
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	if refused != nil {
		w.WriteHeader(http.StatusConflict)
	}
	_ = page.Execute(w, p) // a reader who hangs up loses the page, nothing else
}
