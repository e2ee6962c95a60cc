package doctor

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"

	"exposure/internal/breach"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// public looks at the address that customers see, through whatever stands in front.
func (i Installation) public(ctx context.Context, p *patient, in *breach.Incident) {
	if i.PublicURL == nil {
		return
	}
	answer, body, err := i.get(ctx, i.PublicURL.JoinPath("/v1/incident"))
	if err != nil {
		p.warn("start the server and the proxy, or run this where the address can be reached", "the public address does not answer: %v", err)
		return
	}
	var told struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(body, &told)
	switch {
	case answer.StatusCode != http.StatusOK || err != nil:
		p.trouble("see what the proxy passes on: the public listener answers GET /v1/incident with 200", "the public address answers %d, and not as our server", answer.StatusCode)
		return
	case told.ID != in.ID:
		p.trouble("restart the server with this incident file", "the public address answers for another incident")
		return
	}
	p.ok("customers reach the server of this incident through the public address")
	if at, err := http.ParseTime(answer.Header.Get("Date")); err == nil && at.Sub(i.Now()).Abs() > clockTolerance {
		p.warn("set both clocks and keep them set (NTP)", "the clocks of the public address and of this machine are %v apart", at.Sub(i.Now()).Abs().Round(time.Second))
	}
	i.private(ctx, p)
}

// private: health, metrics and staff pages must not be reached from outside.
func (i Installation) private(ctx context.Context, p *patient) {
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		answer, _, err := i.get(ctx, i.PublicURL.JoinPath(path))
		if err == nil && answer.StatusCode == http.StatusOK {
			p.warn("let the proxy pass on the public listener alone, unless another program answers there", "%s answers at the public address: it belongs to the private listener", path)
			return
		}
	}
	p.ok("the private listener is not reached through the public address")
}

// server asks a server on this machine whether it is ready.
func (i Installation) server(ctx context.Context, p *patient) {
	if i.PrivateAddr == "" {
		return
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		answer, _, err := i.get(ctx, i.privateURL(path))
		if err != nil {
			p.note("on the server, start exposured serve", "no server answers at the private address %s", i.PrivateAddr)
			return
		}
		if answer.StatusCode != http.StatusOK {
			p.trouble("read its log", "the server at %s answers %s with %d: it cannot answer customers now", i.PrivateAddr, path, answer.StatusCode)
			return
		}
	}
	p.ok("the server at %s is ready", i.PrivateAddr)
}

func (i Installation) privateURL(path string) *url.URL {
	return &url.URL{Scheme: "http", Host: i.PrivateAddr, Path: path}
}

func (i Installation) get(ctx context.Context, u *url.URL) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience/2)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, err
	}
	answer, err := i.Client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer, body, err
}
