package demo

import (
	_ "embed" // the page
	"html/template"
	"net/http"
	"slices"
	"time"

	"exposure/internal/mailer"
)

//go:embed inbox.html
var inboxHTML string

// InboxPage shows the mail that the demo captured instead of sending it. It shows codes
// to whoever opens it, so it belongs on the private listener of a demo and nowhere else.
func InboxPage(in *mailer.Inbox, zone *time.Location) http.Handler {
	page := template.Must(template.New("inbox").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04:05 MST") },
	}).Parse(inboxHTML))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		messages := slices.Clone(in.Messages())
		slices.SortStableFunc(messages, func(a, b mailer.Message) int { return b.Date.Compare(a.Date) })
		_ = page.Execute(w, messages) // a reader who hangs up loses the page, nothing else
	})
}
