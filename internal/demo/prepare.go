package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"exposure/internal/audit"
	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/roster"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// Site is a folder with everything a server needs, and the shop it was made from.
type Site struct {
	Incident string // path of the incident file
	KeyFile  string // path of the server's keys; the operator's lie beside it
	Database string // URL
	Exports  string // folder of the shop's exports
	Shop     *Shop
	Result   *roster.Result // what the import found; nil if the site was there already
}

// exampleIncident is the case the demo tells.
const exampleIncident = "tougyoku-2023"

// Prepare makes a site in a folder: it invents the shop, writes its exports as the shop
// would, and imports and publishes them by the same code an operator uses. A folder that
// already holds a site is left as it is.
func Prepare(ctx context.Context, dir string, seed uint64, now time.Time) (*Site, error) {
	s := &Site{
		Incident: filepath.Join(dir, "incident.yaml"), KeyFile: filepath.Join(dir, "exposure.key"),
		Database: "sqlite:" + filepath.Join(dir, "exposure.db"), Exports: filepath.Join(dir, "exports"), Shop: NewShop(seed),
	}
	done := filepath.Join(dir, "published")
	if _, err := os.Stat(done); err == nil {
		return s, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := s.clear(dir); err != nil {
		return nil, fmt.Errorf("preparing the demo: %w", err)
	}
	if err := s.writeFiles(ctx, now); err != nil {
		return nil, fmt.Errorf("preparing the demo: %w", err)
	}
	if err := s.publish(ctx, now); err != nil {
		return nil, fmt.Errorf("preparing the demo: %w", err)
	}
	return s, errors.Join(os.WriteFile(done, nil, 0o600), os.Remove(filepath.Join(dir, unfinished)))
}

// unfinished marks a folder in which a demo is being made.
const unfinished = "unfinished"

// clear removes what an earlier attempt left behind, and only that: files in a folder
// without its mark belong to somebody else and are refused, untouched and unmarked.
func (s *Site) clear(dir string) error {
	mark, db := filepath.Join(dir, unfinished), filepath.Join(dir, "exposure.db")
	made := []string{s.Incident, s.KeyFile, s.KeyFile + ".operator", db, db + "-wal", db + "-shm", s.Exports}
	if _, err := os.Stat(mark); errors.Is(err, fs.ErrNotExist) {
		for _, path := range made {
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s is not the demo's: give an empty folder", path)
			}
		}
		return os.WriteFile(mark, nil, 0o600)
	} else if err != nil {
		return err
	}
	for _, path := range made {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}

// OpenIncident is the example case, its look-up still open at that time.
func OpenIncident(now time.Time) ([]byte, error) {
	src, err := incident.Example(exampleIncident)
	if err != nil {
		return nil, err
	}
	line := regexp.MustCompile(`(?m)^closes_at:.*$`)
	if len(line.FindAll(src, -1)) != 1 {
		return nil, errors.New("the example incident does not say once when it closes")
	}
	closes := now.AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	return line.ReplaceAll(src, []byte("closes_at: "+closes)), nil
}

func (s *Site) writeFiles(ctx context.Context, now time.Time) error {
	src, err := OpenIncident(now)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.Incident, src, 0o600); err != nil {
		return err
	}
	server, operator, err := vault.Generate(now)
	if err != nil {
		return err
	}
	if err := errors.Join(vault.WriteNew(s.KeyFile, server), vault.WriteNew(s.KeyFile+".operator", operator)); err != nil {
		return err
	}
	if err := os.MkdirAll(s.Exports, 0o700); err != nil {
		return err
	}
	return sqlstore.Migrate(ctx, s.Database)
}

// publish imports the exports and makes them the published version.
func (s *Site) publish(ctx context.Context, now time.Time) error {
	files, err := s.Shop.WriteExports(s.Exports)
	if err != nil {
		return err
	}
	in, words, err := incident.LoadAll(s.Incident)
	if err != nil {
		return err
	}
	keys, err := vault.LoadServer(s.KeyFile)
	if err != nil {
		return err
	}
	s.Result, err = roster.ImportShop(ctx, roster.Options{
		Incident: in, Vocabulary: words, Profile: "eccube2",
		Files: roster.Files{Members: files.Members, Orders: files.Orders, Items: files.Items, Deliveries: files.Deliveries, Settlements: files.Settlements},
	})
	if err != nil {
		return err
	}
	if s.Result.Reconciliation.Differs {
		var table bytes.Buffer
		_ = s.Result.WriteTable(&table)
		return fmt.Errorf("the invented shop does not have the notice's figures:\n%s", &table)
	}
	db, err := sqlstore.Open(ctx, s.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	return s.store(ctx, db.Roster(keys, in.Digest), keys, now)
}

// store keeps the import, leaves every open record for later, and publishes, as two
// operators would.
func (s *Site) store(ctx context.Context, versions *sqlstore.Roster, keys *vault.Server, now time.Time) error {
	operator, err := vault.LoadOperator(s.KeyFile + ".operator")
	if err != nil {
		return err
	}
	version, err := roster.Save(ctx, versions, keys, operator, s.Result, did(audit.Import, now), nil)
	if err != nil {
		return err
	}
	var later []sqlstore.Decided
	for r := range s.Result.Review() {
		later = append(later, sqlstore.Decided{Handle: keys.RecordHandle(r.ID), Reason: r.Reason, Decision: breach.DecidedLater})
	}
	if err := versions.Decide(ctx, later, "Demo Operator", did(audit.Review, now)); err != nil {
		return err
	}
	terms := sqlstore.Publication{By: "Demo Operator", ApprovedBy: "Demo Approver", OSUser: "demo", Host: "demo"}
	return versions.Publish(ctx, version, terms, did(audit.Publish, now))
}
