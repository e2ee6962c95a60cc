package host

import (
	"bytes"
	"crypto/tls"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/encoding/japanese"
)

// What browsers and phones say of themselves.
const (
	PC         = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
	Smartphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15"
	Phone      = "DoCoMo/2.0 P903i(c100;TB;W24H12)"
)

// visitTimeout is how long a page may take: a login is answered late when the shop calls out.
const visitTimeout = 30 * time.Second

// Page is an answer of the shop after all redirects, its text in UTF-8.
type Page struct {
	Status int
	Header http.Header
	Path   string // where the last redirect led, with its query
	Body   string
}

// Visitor is a browser with its cookies. A feature phone has none: it says its session in
// every request, as the shop's links do.
type Visitor struct {
	PhoneID string // that the carrier says, if any

	shop   *Shop
	agent  string
	client *http.Client
	phone  string // the session of a feature phone
	token  string // of the forms of the last page
}

// Visitor returns a browser that was never there.
func (s *Shop) Visitor(agent string) *Visitor {
	s.tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.tb.Fatalf("making a browser: %v", err)
	}
	line := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.o.Roots}}
	s.tb.Cleanup(line.CloseIdleConnections)
	return &Visitor{shop: s, agent: agent, client: &http.Client{Jar: jar, Timeout: visitTimeout, Transport: line}}
}

// Get opens a page, whose path begins without a slash.
func (v *Visitor) Get(path string) Page {
	v.shop.tb.Helper()
	return v.send(http.MethodGet, path, "", nil)
}

// Post sends a form with the token of the last page, unless the form says another.
func (v *Visitor) Post(path string, form url.Values) Page {
	v.shop.tb.Helper()
	if !form.Has("transactionid") {
		form.Set("transactionid", v.token)
	}
	if v.agent == Phone && v.phone != "" {
		form.Set("ECSESSID", v.phone)
	}
	text := form.Encode()
	if v.agent == Phone {
		text = v.narrow(form).Encode()
	}
	return v.send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(text))
}

func (v *Visitor) narrow(form url.Values) url.Values {
	v.shop.tb.Helper()
	out := url.Values{}
	for name, values := range form {
		for _, value := range values {
			said, err := japanese.ShiftJIS.NewEncoder().String(value)
			if err != nil {
				v.shop.tb.Fatalf("saying a value to a phone's page: %v", err)
			}
			out.Add(name, said)
		}
	}
	return out
}

func (v *Visitor) send(method, path, kind string, body io.Reader) Page {
	v.shop.tb.Helper()
	target := v.shop.URL + path
	if v.agent == Phone && v.phone != "" && method == http.MethodGet {
		target += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "ECSESSID=" + v.phone
	}
	req, err := http.NewRequest(method, target, body)
	if err != nil {
		v.shop.tb.Fatalf("asking the shop: %v", err)
	}
	req.Header.Set("User-Agent", v.agent)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if v.PhoneID != "" {
		req.Header.Set("X-DCMGUID", v.PhoneID)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.shop.tb.Fatalf("asking the shop for %s: %v", path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		v.shop.tb.Fatalf("reading %s of the shop: %v", path, err)
	}
	return v.read(resp, raw)
}

var (
	tokenField = regexp.MustCompile(`name="transactionid" value="([0-9a-f]+)"`)
	phoneField = regexp.MustCompile(`(?:name="ECSESSID" value="|ECSESSID=)([a-zA-Z0-9,-]+)`)
)

// read takes along what the page gives for the next request.
func (v *Visitor) read(resp *http.Response, raw []byte) Page {
	v.shop.tb.Helper()
	if strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "shift_jis") {
		var err error
		if raw, err = japanese.ShiftJIS.NewDecoder().Bytes(raw); err != nil {
			v.shop.tb.Fatalf("reading a phone's page: %v", err)
		}
	}
	p := Page{resp.StatusCode, resp.Header, strings.TrimPrefix(resp.Request.URL.RequestURI(), "/"), string(raw)}
	if m := tokenField.FindStringSubmatch(p.Body); m != nil {
		v.token = m[1]
	}
	if v.agent == Phone {
		if id := resp.Request.URL.Query().Get("ECSESSID"); id != "" {
			v.phone = id
		}
		if m := phoneField.FindStringSubmatch(p.Body); m != nil {
			v.phone = m[1]
		}
	}
	return p
}

// Login fills in the form of MY page.
func (v *Visitor) Login(address, password string) Page {
	v.shop.tb.Helper()
	v.Get("mypage/login.php")
	return v.Post("frontparts/login_check.php", url.Values{"mode": {"login"}, "url": {"/mypage/index.php"}, "login_email": {address}, "login_pass": {password}})
}

// Checkout fills in the form of the checkout.
func (v *Visitor) Checkout(address, password string) Page {
	v.shop.tb.Helper()
	v.Get("shopping/index.php")
	return v.Post("shopping/index.php", url.Values{"mode": {"login"}, "login_email": {address}, "login_pass": {password}})
}

// IsMember tells whether MY page lets the browser in.
func (v *Visitor) IsMember() bool {
	v.shop.tb.Helper()
	return strings.Contains(v.Get("mypage/index.php").Body, `id="welcome"`)
}

// Owner returns the browser of the shop's owner, logged in to the admin.
func (s *Shop) Owner() *Visitor {
	s.tb.Helper()
	v := s.Visitor(PC)
	v.Get("admin/index.php")
	if p := v.Post("admin/index.php", url.Values{"mode": {"login"}, "login_id": {"admin"}, "password": {"password"}}); !strings.Contains(p.Body, "ログイン中") {
		s.tb.Fatalf("the admin does not let the owner in: %d %s", p.Status, p.Body)
	}
	return v
}

// Upload installs a plugin from its archive.
func (v *Visitor) Upload(name string, archive []byte) Page {
	v.shop.tb.Helper()
	v.Get("admin/ownersstore/index.php")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("transactionid", v.token)
	_ = form.WriteField("mode", "install")
	file, err := form.CreateFormFile("plugin_file", name)
	if err != nil {
		v.shop.tb.Fatalf("uploading a plugin: %v", err)
	}
	_, _ = file.Write(archive)
	_ = form.Close()
	return v.send(http.MethodPost, "admin/ownersstore/index.php", form.FormDataContentType(), &body)
}

var pluginRow = regexp.MustCompile(`data-code="([^"]*)" data-id="([0-9]+)" data-enable="([01])"`)

// Plugin is the row of an installed plugin; id is empty when there is none.
func (v *Visitor) Plugin(code string) (id string, enabled bool) {
	v.shop.tb.Helper()
	for _, m := range pluginRow.FindAllStringSubmatch(v.Get("admin/ownersstore/index.php").Body, -1) {
		if m[1] == code {
			return m[2], m[3] == "1"
		}
	}
	return "", false
}

// Turn enables, disables or uninstalls a plugin.
func (v *Visitor) Turn(mode, code string) Page {
	v.shop.tb.Helper()
	id, _ := v.Plugin(code)
	return v.Post("admin/ownersstore/index.php", url.Values{"mode": {mode}, "plugin_id": {id}})
}

// Config is the path of a plugin's own page in the admin.
func (v *Visitor) Config(code string) string {
	v.shop.tb.Helper()
	id, _ := v.Plugin(code)
	return "admin/load_plugin_config.php?plugin_id=" + id
}
