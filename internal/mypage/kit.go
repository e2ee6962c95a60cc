package mypage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/reset"
	"exposure/internal/wire"
)

// ErrKitReport: what a kit sent is not a report.
var ErrKitReport = errors.New("no report of a kit")

// Bounds of a report, as openapi.yaml has them.
const (
	maxKitMembers  = 1000 // of each list
	maxKitFindings = 9    // each one once
	maxKitVersion  = 32
	maxListAge     = 1_000_000_000 // seconds: thirty years
	evidenceLength = 64            // hex digits of an HMAC-SHA-256
)

// ReportKit takes what a kit in the shop has done and seen. It is answered alike whoever it
// is about.
func (m *MyPage) ReportKit(ctx context.Context, r ReportKitRequestObject) (ReportKitResponseObject, error) {
	report, ok := kitReport(r.Body)
	if !ok {
		return nil, ErrKitReport
	}
	who := callerOf(ctx)
	if err := m.c.Guard.Called(ctx, who); err != nil {
		return nil, err
	}
	if err := m.c.Kits.Report(ctx, who.Name, report); err != nil {
		return nil, fmt.Errorf("taking a report: %w", err)
	}
	m.c.Count(KitReported)
	return ReportKit204Response{}, nil
}

// kitReport reads a report, or tells that it is none.
func kitReport(w *wire.KitReport) (r reset.KitReport, ok bool) {
	if w == nil || !w.Mode.Valid() || !isKitVersion(w.Version) || len(w.Findings) > maxKitFindings ||
		w.Findings == nil || w.Barred == nil || w.Changed == nil || len(w.Barred) > maxKitMembers || len(w.Changed) > maxKitMembers {
		return r, false
	}
	r.Version, r.On = w.Version, w.Mode == wire.KitModeOn
	if w.ListAge != nil {
		if *w.ListAge < 0 || *w.ListAge > maxListAge {
			return r, false
		}
		age := time.Duration(*w.ListAge) * time.Second
		r.ListAge = &age
	}
	return r, readFindings(w, &r) && readMembers(w, &r)
}

func readFindings(w *wire.KitReport, r *reset.KitReport) bool {
	seen := map[wire.KitFinding]bool{}
	for _, f := range w.Findings {
		if !f.Valid() || seen[f] {
			return false
		}
		seen[f] = true
		r.Findings = append(r.Findings, string(f))
	}
	return true
}

// readMembers refuses a list that names a member twice: which of the two counts would be
// anybody's guess.
func readMembers(w *wire.KitReport, r *reset.KitReport) bool {
	seen := map[string]bool{}
	once := func(id string, since time.Time) bool {
		again := seen[id]
		seen[id] = true
		return !again && breach.IsMemberID(id) && !since.IsZero()
	}
	for _, b := range w.Barred {
		if !once(b.MemberId, b.Since) {
			return false
		}
		r.Barred = append(r.Barred, reset.KitBarred{MemberID: b.MemberId, Since: b.Since})
	}
	clear(seen)
	for _, c := range w.Changed {
		if !once(c.MemberId, c.Since) || !isEvidence(c.Evidence) {
			return false
		}
		r.Changed = append(r.Changed, reset.KitChanged{MemberID: c.MemberId, Since: c.Since, Evidence: c.Evidence})
	}
	return true
}

func isEvidence(s string) bool {
	return len(s) == evidenceLength && strings.Trim(s, "0123456789abcdef") == ""
}

func isKitVersion(s string) bool {
	return s != "" && len(s) <= maxKitVersion && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '.' && r != '+' && r != '-'
	}) < 0
}
