package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"exposure/internal/canary"
	"exposure/internal/demo"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// desk is an office with a shop of canaries.
type desk struct {
	dir  string
	set  *canary.Set
	shop *canary.Shop
	base []string // arguments of every command
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{dir: dir, set: canary.New()}
	var err error
	if d.shop, err = d.set.WriteShop(t.TempDir(), 7); err != nil {
		t.Fatal(err)
	}
	incident, keys, database := filepath.Join(dir, "incident.yaml"), filepath.Join(dir, "exposure.key"), "sqlite:"+filepath.Join(dir, "exposure.db")
	src, err := demo.OpenIncident(time.Now())
	if err == nil {
		err = os.WriteFile(incident, src, 0o600)
	}
	if err == nil {
		err = sqlstore.Migrate(t.Context(), database)
	}
	if err != nil {
		t.Fatal(err)
	}
	server, operator, err := vault.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for path, raw := range map[string][]byte{keys: server, keys + ".operator": operator} {
		if err := vault.WriteNew(path, raw); err != nil {
			t.Fatal(err)
		}
		var file struct {
			Keys []struct{ Purpose, Secret string }
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		for _, k := range file.Keys {
			if k.Purpose != "contacts_public" {
				d.set.Text("key "+k.Purpose, k.Secret)
			}
		}
	}
	d.base = []string{"--incident", incident, "--key-file", keys, "--operator-key-file", keys + ".operator", "--database-url", database}
	return d
}

// says runs a command and searches what it prints. An operator works with numbers of orders
// and members; where a command is about them they may be told.
func (d *desk) says(t *testing.T, want int, numbers bool, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), append(slices.Clone(d.base), args...), terminal{strings.NewReader(""), &out, &errs})
	if code != want {
		t.Errorf("%s: exit %d, want %d: %s", args[0], code, want, &errs)
	}
	for place, content := range map[string][]byte{"output": out.Bytes(), "errors": errs.Bytes()} {
		for _, hit := range d.set.Search(content) {
			if numbers && place == "output" && (strings.HasPrefix(hit.Name, "order number") || hit.Name == "member id") {
				continue
			}
			t.Errorf("%s, its %s: %s", strings.Join(args[:2], " "), place, hit)
		}
	}
	return out.String() + errs.String()
}

// TestCanariesOfTheOperator: what the operator's program prints holds nothing of anybody,
// but the numbers that an operator looks records up by.
func TestCanariesOfTheOperator(t *testing.T) {
	d := newDesk(t)
	f := d.shop.Files
	files := []string{"--shop", "eccube2", "--members", f.Members, "--orders", f.Orders, "--items", f.Items, "--deliveries", f.Deliveries, "--settlements", f.Settlements}
	read := func(more ...string) []string { return append(append([]string{"import"}, files...), more...) }
	if said := d.says(t, exitRefused, false, read()...); !strings.Contains(said, "**** (16 digits)") {
		t.Errorf("the card number is not reported: %s", said)
	}
	d.says(t, exitRefused, false, read("--json")...)
	d.says(t, exitRefused, false, read("--commit")...)
	d.says(t, exitRefused, false, read("--commit", "--accept-rejects", "1")...) // stored; the figures differ
	d.says(t, exitRefused, false, read("--commit", "--accept-rejects", "1")...) // the same files
	first := filepath.Join(d.dir, "first.txt")
	if err := os.WriteFile(first, []byte(d.shop.Guest+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.says(t, exitRefused, false, read("--commit", "--accept-rejects", "1", "--first-notice", first)...)
	d.says(t, exitDone, false, append([]string{"survey"}, f.Members, f.Orders, f.Items, f.Deliveries)...)
	d.says(t, exitDone, false, "versions")
	d.says(t, exitRefused, false, "reconcile", "--json")
	d.says(t, exitDone, true, "diff", "--version", "2", "--against", "1")
	review := filepath.Join(d.dir, "review.csv")
	d.says(t, exitDone, false, "review", "list", "--version", "2", "--out", review)
	d.says(t, exitDone, false, "review", "decide", "--all", "later", "--by", "Sato", "--commit")
	d.says(t, exitDone, false, "publish", "--version", "2", "--by", "Sato", "--approved-by", "Ito", "--override", "a test", "--commit")
	for _, address := range []string{d.shop.Member, d.shop.Guest, d.shop.Stranger, d.shop.Member + "@" + d.shop.Guest} {
		want := exitDone
		if strings.Count(address, "@") > 1 {
			want = exitUsage
		}
		d.explain(t, want, address)
	}
	d.says(t, exitRefused, false, "pause", "--reason", "because "+d.shop.Member+" called")
	d.says(t, exitRefused, false, "publish", "--version", "1", "--by", d.shop.Member, "--approved-by", "Ito", "--override", d.shop.Guest, "--commit")
	d.says(t, exitRefused, false, "import", "--shop", "eccube2", "--members", f.Orders, "--orders", f.Members, "--items", f.Items, "--deliveries", f.Deliveries)
	d.says(t, exitRefused, false, "import", "--roster", f.Members)
	d.says(t, exitDone, false, "audit", "verify", "--json")
	d.says(t, exitRefused, false, "purge", "--confirm", d.shop.Member)
	found := d.set.Search([]byte(d.shop.Member))
	if len(found) == 0 {
		t.Error("the search finds nothing")
	}
}

// explain tells nothing of an address but what its records are called.
func (d *desk) explain(t *testing.T, want int, address string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), append(slices.Clone(d.base), "explain", "--email", address), terminal{strings.NewReader(""), &out, &errs})
	if code != want && code != exitRefused {
		t.Errorf("explain: exit %d: %s", code, &errs)
	}
	for _, hit := range d.set.Search(append(out.Bytes(), errs.Bytes()...)) {
		if !strings.HasPrefix(hit.Name, "order number") && hit.Name != "member id" {
			t.Errorf("explain: %s", hit)
		}
	}
}
