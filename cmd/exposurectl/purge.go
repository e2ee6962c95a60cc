package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
)

type purgeCmd struct {
	Confirm      string `required:"" placeholder:"ID" help:"Id of the incident, as in its file: so that nobody purges another one."`
	Early        string `placeholder:"REASON" help:"Why, if the look-up has not closed yet. It is recorded."`
	AuditToo     bool   `help:"Destroy the audit log as well. Without it the log stays whole, as records of handling must be kept."`
	AlteredLog   bool   `help:"Purge although the audit log is not as it was written, or cannot be read. The report records what was found."`
	Report       string `type:"path" default:"purge-report.json" placeholder:"FILE" help:"Where to write what was done (${default}). A purge that was cut short is taken up with it."`
	RedisURL     string `name:"redis-url" env:"EXPOSURE_REDIS_URL" placeholder:"URL" help:"Redis whose keys of this installation are removed as well."`
	RedisURLFile string `name:"redis-url-file" env:"EXPOSURE_REDIS_URL_FILE" type:"path" default:"" placeholder:"FILE" help:"File that holds it."`
	Commit       bool   `help:"Do it. Without it nothing is changed."`
	JSON         bool   `name:"json" help:"Print the report as JSON."`

	after func(step string) // told after each step; nil but in tests
}

func (purgeCmd) Help() string {
	return `Example:
  exposurectl purge --confirm tougyoku-2023 --redis-url redis://127.0.0.1:6379/0
  exposurectl purge --confirm tougyoku-2023 --redis-url redis://127.0.0.1:6379/0 --commit

Stop the server first; run it on the server and again on the office machine, each with its own files. Copies in safes and
backups are yours to destroy: the report says what it cannot prove.

Of the keys, the files that are named go, and every key file beside them whose name contains theirs: what rotation put aside,
FILE.operator. The dry run lists each with whose keys it holds, and a name behind which there is none is refused, as are the
operator's keys of another installation. Leave --operator-key-file out where there is none: the report then says that its
destruction is not proven.

If the audit log is not as it was written, somebody wrote to the database who must not. Keep a copy of it as evidence first; then
--altered-log purges all the same.

The keys go first. From that moment on nothing that is left, in this database, in its backups or in Redis, answers anything
about anybody. Then rows, their bytes and the keys in Redis are removed, and what is left is searched for them. It can be
killed at any moment and is completed by running it again.

A database file that is damaged, by a disk or by somebody, cannot be emptied, nor can the log be kept in it: --audit-too then
overwrites and removes the file whole. One that cannot even be read takes --altered-log as well: see that it is the right file.`
}

// The steps of a purge, in this order.
const (
	stepRecorded = "recorded" // the audit log says so and is signed; the report is begun
	stepKeys     = "keys"     // no key file is left
	stepRows     = "rows"     // no row is left
	stepRedis    = "redis"    // no key of ours is left in Redis

	stepWhole = "whole" // of stepRows: the report says that the damaged file goes whole
)

func (c purgeCmd) Run(p *program) error {
	in, _, err := p.incident()
	if err != nil {
		return err
	}
	before, err := loadPurge(c.Report)
	if err != nil {
		return err
	}
	run := &purge{purgeCmd: c, program: p, incident: in, report: before}
	if err := run.check(); err != nil {
		return err
	}
	if err := run.survey(); err != nil {
		return err
	}
	if !c.Commit {
		if err := run.print(); err != nil {
			return err
		}
		p.dryRun("this would be destroyed, and cannot be brought back")
		return nil
	}
	switch err := run.commit(); {
	case errors.Is(err, errDamaged): // says with what to run it again
		return fmt.Errorf("the purge is not complete: %w", err)
	case err != nil:
		return fmt.Errorf("the purge is not complete, run it again: %w", err)
	}
	return run.print()
}

// purge is one run.
type purge struct {
	purgeCmd
	*program
	incident *breach.Incident
	report   *purgeReport
	redis    string
}

// check refuses the wrong incident, one that is still open, and a purge that has nothing to
// begin with.
func (r *purge) check() error {
	switch {
	case r.Confirm != r.incident.ID:
		return fmt.Errorf("--confirm is not the id of the incident in %s: nothing was touched", r.Incident)
	case !r.incident.ClosedAt(time.Now()) && strings.TrimSpace(r.Early) == "":
		return errors.New("the look-up has not closed yet (closes_at in the incident file), and people may still ask: to purge all the same, say why: --early REASON")
	case r.KeyFile == "" && !r.report.begun():
		return usagef("no key file: set --key-file or EXPOSURE_KEY_FILE, so that it can be destroyed")
	case r.report.Incident != "" && r.report.Incident != r.incident.ID:
		return fmt.Errorf("%s is the report of another incident's purge: name another file", r.Report)
	case r.RedisURL != "" && r.RedisURLFile != "":
		return usagef("EXPOSURE_REDIS_URL and EXPOSURE_REDIS_URL_FILE are both set: unset one of them")
	}
	r.redis = r.RedisURL
	if r.RedisURLFile != "" {
		b, err := os.ReadFile(r.RedisURLFile)
		if err != nil {
			return fmt.Errorf("reading the file of the Redis URL: %w", err)
		}
		r.redis = strings.TrimSpace(string(b))
	}
	return nil
}

// survey finds what there is to destroy.
func (r *purge) survey() error {
	r.report.Version, r.report.Incident = 1, r.incident.ID
	if r.Early != "" {
		r.report.Early = r.Early
	}
	// What was begun is completed: a log that nobody signed for the last time must not be
	// left behind as one that was kept.
	r.AuditToo = r.AuditToo || r.report.begun() && !r.report.AuditKept
	r.report.AuditKept = !r.AuditToo
	if err := r.surveyKeys(); err != nil {
		return err
	}
	if err := r.checkEntry(); err != nil { // which names the installation, known from its keys
		return err
	}
	if err := r.surveyDatabase(); err != nil {
		return err
	}
	var err error
	if r.redis != "" {
		r.report.Redis, err = countRedis(r.ctx, r.redis, r.report.Installation)
	}
	return err
}

func (r *purge) surveyDatabase() error {
	err := sqlstore.InUse(r.ctx, r.Database)
	if errors.Is(err, sqlstore.ErrInUse) && !r.Commit {
		fmt.Fprintf(r.Err, "A purge would be refused now: %v\n", sqlstore.ErrInUse)
		err = nil
	}
	if !errors.Is(err, sqlstore.ErrInUse) && r.whole() {
		return nil // nothing of it is read any more
	}
	if err == nil {
		err = r.surveyTables()
	}
	if sqlstore.Damaged(err) {
		return r.surveyDamaged(err)
	}
	return err
}

func (r *purge) surveyTables() (err error) {
	db, unlike, err := sqlstore.OpenToPurge(r.ctx, r.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := r.surveyLog(db, unlike); err != nil {
		return err
	}
	if err := r.surveyIncidents(db); err != nil {
		return err
	}
	held, err := db.Holdings(r.ctx, r.AuditToo)
	if err != nil {
		return err
	}
	r.report.addRows(held)
	foreign, err := db.Foreign(r.ctx)
	r.report.Foreign = append([]string{}, distinct(append(r.report.Foreign, foreign...))...)
	return err
}

func (r *purge) print() error {
	r.report.conclude()
	if r.JSON {
		return json.NewEncoder(r.Out).Encode(r.report)
	}
	return r.report.write(r.Out, r.Report)
}
