package shopfront

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Config is all the shop depends on. Every field but Every, Now and Log is required.
type Config struct {
	Members   []Member
	Name      map[string]string // of the shop, by language: "ja" and "en"
	Notice    time.Time         // when the attack was announced, in the shop's zone
	Phone     string            // of the help line
	URL       *url.URL          // where the shop is reached
	CheckURL  string            // of the look-up's first page
	LookupAPI string            // base URL of the MY page API
	Key       string            // client key for it

	Every time.Duration    // between two lists, default 3 s
	Now   func() time.Time // default: time.Now
	Log   *slog.Logger     // default: nothing is logged
}

// Shop is the shop's MY page. It is safe for concurrent use.
type Shop struct {
	name     map[string]string
	notice   time.Time
	phone    string
	check    string
	secure   bool
	every    time.Duration
	now      func() time.Time
	log      *slog.Logger
	hasher   *hasher
	accounts *accounts
	guesses  guesses
	lookup   *lookup
	untold   tellings
	cursor   string // how far the list was read; only Run's
	pages    map[string]*template.Template
	handler  http.Handler

	mu       sync.Mutex
	choosing map[string]*choosing // by the token of its cookie
}

// hashesAtOnce bounds the memory that people who log in can make the shop use.
const hashesAtOnce = 4

//go:embed files
var files embed.FS

// New opens the shop: every known password is hashed, which takes a while.
func New(ctx context.Context, c Config) (*Shop, error) {
	if c.URL == nil || c.CheckURL == "" || c.LookupAPI == "" || c.Key == "" {
		return nil, errors.New("shopfront: URL, CheckURL, LookupAPI or Key is missing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Every == 0 {
		c.Every = 3 * time.Second
	}
	h := newHasher(hashesAtOnce)
	accounts, err := newAccounts(ctx, c.Members, h, c.Now)
	if err != nil {
		return nil, fmt.Errorf("opening the shop: %w", err)
	}
	s := &Shop{
		name: c.Name, notice: c.Notice, phone: c.Phone, check: c.CheckURL, secure: c.URL.Scheme == "https",
		every: c.Every, now: c.Now, log: c.Log, hasher: h, accounts: accounts, guesses: newGuesses(), choosing: map[string]*choosing{},
		lookup: &lookup{base: c.LookupAPI, key: c.Key, client: &http.Client{CheckRedirect: noRedirect}},
	}
	if s.pages, err = parsePages(); err != nil {
		return nil, err
	}
	s.handler, err = s.routes(c.URL)
	return s, err
}

// noRedirect: the key goes to one place.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ServeHTTP serves the pages.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve serves the pages and keeps in step with the look-up until ctx ends.
func (s *Shop) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 75 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { s.Run(ctx) })
	work.Go(func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = srv.Shutdown(last)
	})
	err := srv.Serve(ln)
	stop()
	work.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
