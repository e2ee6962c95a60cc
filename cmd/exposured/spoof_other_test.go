package main

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"testing"

	"exposure/internal/live"
)

// TestNoOtherHeaderNamesTheClient: nothing but X-Forwarded-For is read, even from the
// proxy, and no header or parameter makes another request of a request.
func TestNoOtherHeaderNamesTheClient(t *testing.T) {
	s, _ := smallSite(t)
	store := live.Redis(t)
	watch := watchBuckets(t, s, store)
	base := s.serve(t, store, openPostOffice(t).url, "--trusted-proxies", proxy.String(), "--limits", plenty).public
	for _, name := range []string{
		"X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "CF-Connecting-IPv6", "Sb-Forwarded-For", "X-User-ID", "X-Client-IP",
		"X-Cluster-Client-IP", "Fastly-Client-IP", "X-Azure-ClientIP", "X-Original-Forwarded-For", "X-Forwarded", "X-Originating-IP",
		"X-Remote-IP", "X-Remote-Addr", "X-ProxyUser-Ip", "Client-IP", "WL-Proxy-Client-IP", "Via", "X_Forwarded_For",
	} {
		value := "203.0.113.4"
		switch name {
		case "Forwarded":
			value = "for=203.0.113.4;host=evil.example;proto=https"
		case "Via":
			value = "1.1 203.0.113.4"
		}
		for _, peer := range []netip.Addr{proxy, beside} {
			var r reply
			got := watch.charged(t, "request", func() { r = from(base, peer).ask(t, "person@example.jp", http.Header{name: {value}}) })
			if want := watch.of(t, "request", peer.String()); r.status != http.StatusAccepted || !slices.Equal(got, want) {
				t.Errorf("%s from %s: answered %d and charged %q, want %q", name, peer, r.status, got, want)
			}
		}
	}
	b := from(base, beside)
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
		req, err := http.NewRequest(http.MethodGet, base+"/v1/incident?_method=DELETE", nil)
		must(t, err)
		req.Header = http.Header{name: {http.MethodDelete}}
		if r := b.send(t, req); r.status != http.StatusOK {
			t.Errorf("%s made something else of a GET: %d", name, r.status)
		}
	}
	for _, name := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Prefix", "X-Forwarded-Path"} {
		req, err := http.NewRequest(http.MethodGet, base+"/v1/nothing?"+url.Values{"path": {"/v1/incident"}}.Encode(), nil)
		must(t, err)
		req.Header = http.Header{name: {"/v1/incident"}}
		if r := b.send(t, req); r.status != http.StatusNotFound {
			t.Errorf("%s led elsewhere: %d", name, r.status)
		}
	}
}
