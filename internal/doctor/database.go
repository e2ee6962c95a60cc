package doctor

import (
	"context"
	"errors"
	"time"

	"exposure/internal/breach"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// clockTolerance is by how much two clocks may differ.
const clockTolerance = 30 * time.Second

// unreadable is what to do about a database that opens and then cannot be read.
const unreadable = "see that its disk is there, whole and not full, that its files are the user's who runs this program, and that no other program holds it; if they are damaged, keep them and restore the database from its backup"

func (i Installation) database(ctx context.Context, p *patient, keys *vault.Server, in *breach.Incident) {
	if i.Database == "" {
		return
	}
	db, err := sqlstore.Open(ctx, i.Database)
	if err != nil {
		do := "bring the database to this path, and give it to the user that runs this program"
		switch {
		case errors.Is(err, sqlstore.ErrSchemaEdited):
			do = "keep a copy of the database as evidence before anything else"
		case errors.Is(err, sqlstore.ErrNewerSchema):
			do = "install the program that migrated it"
		case errors.Is(err, sqlstore.ErrSchema):
			do = "run exposurectl migrate (on the server: with the server stopped)"
		}
		p.trouble(do, "the database cannot be used: %v", err)
		return
	}
	defer db.Close()
	p.ok("the database has the schema of this program")
	if keys == nil || in == nil {
		return
	}
	roster := db.Roster(keys, in.Digest)
	if err := roster.Ready(ctx); err != nil {
		p.trouble(rosterAdvice(err), "nobody can be answered: %v", err)
		return
	}
	if err := roster.Check(ctx); err != nil {
		p.trouble(rosterAdvice(err), "the published version cannot be proven in full: %v", err)
		return
	}
	version, err := roster.Published(ctx)
	if err != nil {
		p.trouble(rosterAdvice(err), "the published version cannot be read: %v", err)
		return
	}
	p.ok("version %d is published, made from this incident file and these keys, and proven row by row: %d people", version.ID, version.Persons)
	if last := latest(version); last.After(i.Now().Add(clockTolerance)) {
		p.trouble("set this machine's clock and keep it set (NTP)", "this machine's clock is behind the database, in which version %d was published at %s", version.ID, last.UTC().Format(time.RFC3339))
	}
	i.paused(ctx, p, roster)
	desk(ctx, p, db, keys)
}

// desk looks at what is kept for the call centre. Its trouble keeps nobody from being
// answered.
func desk(ctx context.Context, p *patient, db *sqlstore.DB, keys *vault.Server) {
	err := errors.Join(db.Tickets(keys).Check(ctx), db.Canaries(keys).Check(ctx))
	if err != nil {
		p.trouble("restore the database from its backup, and see what exposurectl audit verify finds", "the call centre's tickets, or the canaries, cannot be proven: %v", err)
		return
	}
	waiting, err := db.Tickets(keys).Waiting(ctx)
	if err == nil && waiting.Letters+waiting.Tickets > 0 {
		p.note("exposurectl tickets list --state waiting", "%d letter requests and %d tickets of the call centre wait for an answer", waiting.Letters, waiting.Tickets)
	}
}

func latest(v sqlstore.Version) time.Time {
	if v.PublishedAt.After(v.CommittedAt) {
		return v.PublishedAt
	}
	return v.CommittedAt
}

func (i Installation) paused(ctx context.Context, p *patient, roster *sqlstore.Roster) {
	pause, err := roster.Paused(ctx)
	switch {
	case err != nil:
		p.trouble(pauseAdvice, "%v: %v", sqlstore.ErrPauseUnproven, err)
	case pause != nil:
		p.warn("exposurectl resume opens it again", "the look-up is paused since %s: nobody is answered", pause.Since.UTC().Format(time.RFC3339))
	}
}

// pauseAdvice is what to do when the order that says whether the look-up is shut was altered.
const pauseAdvice = "order it anew: exposurectl pause, or resume if it is to be open. If neither works, stop the server and restore the database from its backup. exposurectl audit verify tells whether the log was altered as well"

func rosterAdvice(err error) string {
	switch {
	case errors.Is(err, sqlstore.ErrPauseUnproven):
		return pauseAdvice
	case errors.Is(err, sqlstore.ErrPublicationGone):
		return "keep a copy of the database as evidence, find out who can write to it, and then publish the version that the audit log names again (exposurectl publish), or, where that is refused, restore the database from its backup"
	case errors.Is(err, sqlstore.ErrNoVersion):
		return "publish a version: exposurectl import, review, publish"
	case errors.Is(err, sqlstore.ErrIncidentDiffers):
		return "use the incident file that the version was imported with, or import and publish again with this one"
	case errors.Is(err, sqlstore.ErrKeysDiffer):
		return "use the key file that the version was imported with"
	case errors.Is(err, sqlstore.ErrAltered):
		return "stop the server and restore the database: somebody or something changed it"
	default:
		return unreadable + "; exposurectl versions lists what there is"
	}
}
