package main

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2"
	"exposure/internal/kit/eccube2/host"
)

const kitCode = eccube2.Code

// written is the kit as the operator hands it over.
func written(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kit")
	must(t, eccube2.Write(dir, eccube2.Settings{}))
	return dir
}

// install uploads the kit and switches its plugin on; it only watches then, and has no key.
func (k *kitShop) install() {
	k.t.Helper()
	archive, err := os.ReadFile(filepath.Join(written(k.t), kitCode+".tar.gz"))
	must(k.t, err)
	p := k.owner.Upload(kitCode+".tar.gz", archive)
	if id, _ := k.owner.Plugin(kitCode); id == "" {
		k.t.Fatalf("the kit was not installed: %d %s %s", p.Status, p.Body, k.Log("error.log"))
	}
	k.owner.Turn("enable", kitCode)
	if _, enabled := k.owner.Plugin(kitCode); !enabled {
		k.t.Fatalf("the plugin was not switched on: %s", k.Log("error.log"))
	}
}

// settings are what the owner enters.
func (k *kitShop) settings(mode string) url.Values {
	return url.Values{
		"api_url": {k.line.URL}, "key": {k.key}, "lookup_url": {k.server.public + "/"}, "ca_file": {k.ca}, "mode": {mode},
		"shop_name": {"雛の店"}, "phone": {"0120-39-3501"}, "notice_date": {"2023年7月25日"},
	}
}

// save enters settings in the kit's page of the admin.
func (k *kitShop) save(settings url.Values) host.Page {
	k.t.Helper()
	page := k.owner.Config(kitCode)
	k.owner.Get(page)
	settings.Set("exposure_step", "save")
	return k.owner.Post(page, settings)
}

// selfTest fetches the list and tests, as the button of the admin does.
func (k *kitShop) selfTest() host.Page {
	k.t.Helper()
	k.due()
	page := k.owner.Config(kitCode)
	k.owner.Get(page)
	return k.owner.Post(page, url.Values{"exposure_step": {"test"}})
}

// switchOn installs the kit, watches, tests and switches it on, as its guide says.
func (k *kitShop) switchOn() {
	k.t.Helper()
	k.install()
	k.save(k.settings("watch"))
	k.pageRound()
	k.selfTest()
	p := k.save(k.settings("on"))
	if !strings.Contains(p.Body, "<td>実施</td>") {
		k.t.Fatalf("the kit was not switched on: %s", text(p.Body))
	}
}

// due lets the next run begin now.
func (k *kitShop) due() {
	k.t.Helper()
	k.do(`UPDATE plg_exposure_state SET value = '0' WHERE name = 'next_run'`)
}

// round is a run from the shop's cron.
func (k *kitShop) round() string {
	k.t.Helper()
	k.due()
	return k.Run(filepath.Join(k.Dir, "data/downloads/plugin", kitCode, "cron.php"), filepath.Join(k.Dir, "html"))
}

// pageRound is a run from a page of the shop, which ends with that page.
func (k *kitShop) pageRound() {
	k.t.Helper()
	k.due()
	k.Visitor(host.PC).Get("index.php")
}

var (
	tags   = regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// text is what people read of a page.
func text(page string) string {
	return blanks.ReplaceAllString(tags.ReplaceAllString(page, " "), " ")
}

// hidden is the value of a hidden field of a form.
func hidden(t testing.TB, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no field %s in %s", name, page)
	}
	return m[1]
}

// ticket goes the customer's way through the look-up page to the shop.
func (k *kitShop) ticket(address string) string {
	k.t.Helper()
	b := from(k.server.public, here)
	return ticketOf(k.t, k.desk, b.askReset(k.t, b.prove(k.t, k.office, address).Token))
}

// redeem opens the address with the ticket and presses the button there.
func (k *kitShop) redeem(v *host.Visitor, ticket string) host.Page {
	k.t.Helper()
	p := v.Get("forgot/?ticket=" + ticket)
	if p.Status != http.StatusOK {
		return p
	}
	return v.Post("forgot/", url.Values{"exposure_step": {"redeem"}, "exposure_csrf": {hidden(k.t, p.Body, "exposure_csrf")}, "ticket": {ticket}})
}

// choose sends the form for the new password.
func (k *kitShop) choose(v *host.Visitor, form host.Page, password string, more ...string) host.Page {
	k.t.Helper()
	values := url.Values{
		"exposure_step": {"set"}, "exposure_csrf": {hidden(k.t, form.Body, "exposure_csrf")}, "password": {password}, "again": {password},
	}
	for i := 0; i < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return v.Post("forgot/", values)
}

func reads(t testing.TB, what, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("%s does not say %q: %s", what, part, text(body))
		}
	}
}

// lets tells whether a member logs in with that password and stays so.
func (k *kitShop) lets(login, password string) bool {
	k.t.Helper()
	v := k.Visitor(host.PC)
	v.Login(login, password)
	return v.IsMember()
}

// buildOperator builds the operator's program.
func buildOperator(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "exposurectl")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../exposurectl").CombinedOutput(); err != nil {
		t.Fatalf("building the operator's program: %v\n%s", err, out)
	}
	return program
}

// operator runs the operator's program beside the server.
func (k *kitShop) operator(program string, args ...string) (string, error) {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "EXPOSURE_INCIDENT="+k.site.incident, "EXPOSURE_KEY_FILE="+k.site.keys, "EXPOSURE_OPERATOR_KEY_FILE="+k.site.keys+".operator",
		"EXPOSURE_DATABASE_URL="+k.site.database, "EXPOSURE_CONNECTOR=plugin", "SSL_CERT_FILE="+k.ca)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
