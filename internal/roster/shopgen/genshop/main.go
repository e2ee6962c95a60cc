// Command genshop writes the exports of an invented shop and an incident file that fits
// them, for tests, measurements and demonstrations.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"exposure/internal/roster/shopgen"
)

func main() {
	switch err := run(os.Args[1:], os.Stdout); err {
	case nil, flag.ErrHelp:
	default:
		fmt.Fprintln(os.Stderr, "genshop:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	o := shopgen.Options{}
	flags := flag.NewFlagSet("genshop", flag.ContinueOnError)
	flags.StringVar(&o.Profile, "shop", "eccube2", "shop system: "+strings.Join(shopgen.Profiles(), ", "))
	flags.StringVar(&o.Version, "version", "", "version of its exports (default the newest; a wrong one is answered with those there are)")
	flags.IntVar(&o.Members, "members", 1000, "number of registrations")
	flags.IntVar(&o.Orders, "orders", 0, "number of orders (default three for each member)")
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same files")
	flags.BoolVar(&o.Quirks, "quirks", true, "with everything real shops are full of")
	flags.StringVar(&o.Encoding, "encoding", "", "cp932, utf-8 or utf-8-bom (default what the shop system writes)")
	flags.BoolVar(&o.ShuffleRows, "shuffle-rows", false, "rows out of order")
	flags.BoolVar(&o.ShuffleColumns, "shuffle-columns", false, "columns out of order")
	zone := flags.String("zone", "Asia/Tokyo", "clock of the exports")
	dir := flags.String("out", "", "folder to write into; it is made, and files of the same names are replaced (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || flags.NArg() > 0 {
		return fmt.Errorf("say where to write with --out, and nothing else without a flag")
	}
	var err error
	if o.Zone, err = time.LoadLocation(*zone); err != nil {
		return fmt.Errorf("the zone of the exports: %w", err)
	}
	return write(shopgen.New(o), *dir, out)
}

func write(s *shopgen.Shop, dir string, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	paths, err := s.Write(dir)
	if err != nil {
		return err
	}
	paths["incident"] = filepath.Join(dir, "incident.yaml")
	if err := os.WriteFile(paths["incident"], s.Incident(), 0o600); err != nil {
		return err
	}
	paths["truth"] = filepath.Join(dir, "truth.csv")
	if err := writeTruth(s, paths["truth"]); err != nil {
		return err
	}
	for _, role := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(out, "%-12s %s\n", role, paths[role])
	}
	f := s.Figures()
	fmt.Fprintf(out, "\nright answer: %d people; card %d (%d cards), member %d, purchaser %d, recipient %d\n",
		f.People, f.Card, f.Cards, f.Member, f.Purchaser, f.Recipient)
	for _, c := range s.AcceptMissing() {
		fmt.Fprintf(out, "import with --accept-missing %q\n", c)
	}
	return nil
}

// writeTruth writes the right answers, one person a line.
func writeTruth(s *shopgen.Shop, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	list := func(v []string) string { return strings.Join(v, ";") }
	_ = w.Write([]string{"person_key", "kind", "member_id", "emails", "login_email", "cohorts", "flags", "cards", "withdrawn", "review"}) // Error tells
	for p := range s.Truth() {
		_ = w.Write([]string{p.Key, p.Kind, p.MemberID, list(p.Emails), p.Login, list(p.Cohorts), list(p.Flags),
			strconv.Itoa(p.Cards), strconv.FormatBool(p.Withdrawn), p.Review})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
