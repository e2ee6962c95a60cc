package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// purgeReport is what a purge did, for the file and for scripts. It outlives the keys, so
// it holds nothing that they protected.
type purgeReport struct {
	Version  int    `json:"version"`
	Incident string `json:"incident"`
	// Installation names whose purge it is: see audit.Installation.
	Installation string     `json:"installation"`
	Early        string     `json:"early"`
	BegunAt      *time.Time `json:"begun_at"`
	FinishedAt   *time.Time `json:"finished_at"`
	KeyFiles     []keyFile  `json:"key_files"`
	// KeyMarks tell the keys of the installation from others, also after their end.
	KeyMarks vault.Marks     `json:"key_marks"`
	Rows     []sqlstore.Held `json:"rows"`
	// Foreign names tables, views, triggers and indexes of the file that were not of this program.
	Foreign   []string `json:"foreign"`
	AuditKept bool     `json:"audit_kept"`
	// AlteredLog is what was wrong with the log before; null: it was as it was written.
	AlteredLog  *badRow `json:"altered_log"`
	AuditRows   int64   `json:"audit_rows"`
	Head        string  `json:"audit_head"`
	VerifierKey string  `json:"audit_verifier_key"`
	// VerifierKeys are the public keys of every head of the log, older ones included.
	VerifierKeys []string    `json:"audit_verifier_keys"`
	Samples      int         `json:"samples"`
	Stale        int         `json:"samples_in_free_space"`
	Remains      *remains    `json:"remains"` // null: nothing did
	Searched     int64       `json:"searched_bytes"`
	Redis        *redisPurge `json:"redis"`
	Proven       []string    `json:"proven"`
	NotProven    []string    `json:"not_proven"`

	// Damaged is a database file that goes whole, or waits for the order; null: it was emptied.
	Damaged *damagedFile `json:"damaged_file"`

	OtherNames []string `json:"-"` // files of this installation's keys that are not named like them
	LeftAlone  []string `json:"-"` // key files named like these, with other keys
	Unread     []string `json:"-"` // what is named like these, and no keys can be read in
	rowsDone   bool
}

// loadPurge reads the report of a purge that was cut short, or begins a new one. That of a
// purge that is complete says what it says; what is found since is added.
func loadPurge(path string) (*purgeReport, error) {
	r := &purgeReport{KeyFiles: []keyFile{}, KeyMarks: vault.Marks{}, Rows: []sqlstore.Held{}, Foreign: []string{}, VerifierKeys: []string{}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, r)
	}
	if err != nil || r.Version != 1 || r.Incident == "" {
		return nil, fmt.Errorf("%s is no report of a purge: name another file", path)
	}
	return r, nil
}

// save writes the report so that a kill leaves the one before or this one.
func (r *purgeReport) save(path string) (err error) {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// distinct sorts, and leaves out what is there twice.
func distinct(all []string) []string { return slices.Compact(slices.Sorted(slices.Values(all))) }

func (r *purgeReport) begun() bool { return r.BegunAt != nil }

// addRows keeps the larger count of each table: a run that was cut short may have
// destroyed some already.
func (r *purgeReport) addRows(held []sqlstore.Held) {
	for _, h := range held {
		i := slices.IndexFunc(r.Rows, func(o sqlstore.Held) bool { return o.Table == h.Table })
		if i < 0 {
			r.Rows = append(r.Rows, h)
		} else {
			r.Rows[i].Rows = max(r.Rows[i].Rows, h.Rows)
		}
	}
}

func (r *purgeReport) purged(done sqlstore.Purged) {
	r.rowsDone, r.AuditRows, r.Searched = true, done.Kept, done.Searched
	r.Samples, r.Stale = max(r.Samples, done.Samples), max(r.Stale, done.Stale)
}

// conclude says in sentences what is proven and what is not.
func (r *purgeReport) conclude() {
	r.Proven, r.NotProven = []string{}, []string{}
	r.prove()
	doubt := func(format string, args ...any) { r.NotProven = append(r.NotProven, fmt.Sprintf(format, args...)) }
	doubt("that there are no other copies of the key files and the database: in safes, in backups, on other machines. Destroy those of the key files first, because a copy of the database answers nothing without them.")
	doubt("that the disk overwrote the same place: flash memory, file systems that copy on write or keep a journal of data, and snapshots keep old blocks for a while.")
	r.doubtKeys(doubt)
	if r.AlteredLog != nil {
		doubt("anything by the audit log: it was altered before this purge, or could not be read.")
	}
	if r.Redis == nil {
		doubt("that Redis holds nothing any more: --redis-url was not given. What it holds expires, and is sealed under the keys.")
	} else {
		doubt("that Redis wrote nothing to its own files or replicas before: delete its dump and append-only files.")
		if r.Redis.Others > 0 {
			doubt("whose %d other keys of this product there are in Redis: they do not bear the name of this installation, so they were left alone.", r.Redis.Others)
		}
	}
	doubt("that the shop's exports, mails, logs of the proxy, and what was printed are destroyed: this program never kept them.")
	if r.Stale > 0 {
		doubt("that blocks which the database gave back to the disk hold nothing: %d of the values looked for stood in free space until the file was rewritten.", r.Stale)
	}
	if r.Remains != nil {
		doubt("that the file holds no bytes of old rows: %s.", r.Remains.found())
	}
	if r.rowsDone && r.Samples == 0 {
		doubt("that the file holds no bytes of old rows: it held no rows to look for any more, so they were destroyed by an earlier run.")
	}
}

func (r *purgeReport) prove() {
	prove := func(format string, args ...any) { r.Proven = append(r.Proven, fmt.Sprintf(format, args...)) }
	r.proveKeys(prove)
	switch {
	case r.Damaged != nil && r.Damaged.Gone:
		prove("%s", r.Damaged.proof())
	case !r.rowsDone:
		return
	default:
		r.proveRows(prove)
	}
	if r.Redis != nil && r.Redis.Done {
		prove("no key of this installation is left on %d masters of Redis; there were %d", r.Redis.Masters, r.Redis.Keys)
	}
}

func (r *purgeReport) proveRows(prove func(format string, args ...any)) {
	prove("the database holds no row but the audit log's, which has %d", r.AuditRows)
	if r.Samples > 0 {
		prove("%d values of destroyed rows were looked for in the %d bytes of the file, before and after it was shortened: it holds none of them", r.Samples, r.Searched)
	}
}

// write is the report for people.
func (r *purgeReport) write(w io.Writer, path string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Purge of %s, installation %s\n", r.Incident, r.Installation)
	for _, f := range r.KeyFiles {
		fmt.Fprintf(&b, "  %s\n", f.line())
	}
	if r.Damaged != nil {
		fmt.Fprintf(&b, "  %s\n", r.Damaged.line())
	}
	for _, h := range r.Rows {
		fmt.Fprintf(&b, "  %d rows of %s\n", h.Rows, h.Table)
	}
	for _, what := range r.Foreign {
		fmt.Fprintf(&b, "  %s, which is not of this program: destroyed as well\n", what)
	}
	if r.Redis != nil {
		fmt.Fprintf(&b, "  %d keys on %d masters of Redis\n", r.Redis.Keys, r.Redis.Masters)
	}
	b.WriteString(r.fate(path))
	for _, part := range []struct {
		title     string
		sentences []string
	}{{"Proven:", r.Proven}, {"It cannot be proven:", r.NotProven}} {
		if len(part.sentences) > 0 {
			fmt.Fprintf(&b, "\n%s\n  - %s\n", part.title, strings.Join(part.sentences, "\n  - "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
