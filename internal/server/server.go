package server

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"exposure/internal/wire"
)

// Timeouts and sizes of all listeners. They bound what a slow or hostile peer can hold.
const (
	// readHeaderTimeout is ample for a phone on a bad line to send one packet of headers.
	readHeaderTimeout = 5 * time.Second
	// readTimeout covers headers and the body, which a report's 256 KiB from a server do, too.
	readTimeout = 10 * time.Second
	// writeTimeout is counted from the end of the headers: the deadline of the request,
	// the fifteen seconds in which a judged guess may still be recorded or made up for, and
	// some air.
	writeTimeout = 30 * time.Second
	// idleTimeout is longer than the 60 s for which common proxies keep a connection, so
	// that it is the proxy who closes and no request meets a closing connection.
	idleTimeout = 75 * time.Second
	// maxHeaderBytes is far above what browsers send; session cookies are small.
	maxHeaderBytes = 16 << 10

	// deskPath is where the desk's pages are.
	deskPath = "/console"

	defaultDeadline = 10 * time.Second
	defaultDrain    = 20 * time.Second
)

// Door adds its routes to a listener. Routes is called once, before serving.
type Door interface {
	Routes(e *echo.Echo)
}

// Pages says problems to people. Status and headers of the answer are decided when it is
// called; err is what went wrong, for the words, and nothing of it may be shown.
type Pages interface {
	Problem(c echo.Context, err error, p wire.Problem) error
}

// Config is all a server depends on. PublicAddr, PrivateAddr, PublicURL and Ready are
// required.
type Config struct {
	PublicAddr  string   // host:port that customers reach, mostly through a proxy
	PrivateAddr string   // host:port for health, metrics and staff
	MyPageAddr  string   // host:port that the shop's own programs reach; empty: the private one
	PublicURL   *url.URL // as published; https turns HSTS on

	// TrustedProxies are the peers whose X-Forwarded-For counts. Empty: nobody's does.
	TrustedProxies []netip.Prefix

	Doors        []Door // on the public listener
	PrivateDoors []Door // on the private one
	MyPageDoors  []Door // on that of the shop's own programs
	Pages        Pages  // says problems outside the API; nil: they are documents, too
	DeskPages    Pages  // says problems under /console on the private listener; nil: documents
	// PrivateHandlers are further handlers of the private listener by path prefix, e.g.
	// "/inbox". The prefix is not stripped.
	PrivateHandlers map[string]http.Handler

	// Ready returns nil while the server can answer. Its error is logged, not shown.
	Ready func(context.Context) error

	Phone    string               // of the help line, told with every 503 and 410; may be empty
	Logger   *slog.Logger         // default: slog.Default()
	Registry *prometheus.Registry // default: an own one; others may add collectors to theirs
	Deadline time.Duration        // of one request, default 10 s
	Drain    time.Duration        // how long running requests may take at the end, default 20 s

	Connections int // open at a time on each listener, default 2,048
}

// Server is two listeners, or three. Use Listen, then Serve, once each.
type Server struct {
	Config
	draining        atomic.Bool
	public, private *boundedServer
	publicLn        net.Listener
	privateLn       net.Listener
	mypage          *boundedServer // nil: its doors are on the private listener
	mypageLn        net.Listener
	metrics         *metrics
}

// New checks the configuration and lays out the listeners; nothing is opened yet.
func New(c Config) (*Server, error) {
	switch {
	case c.PublicAddr == "":
		return nil, errors.New("server: PublicAddr is missing")
	case c.PrivateAddr == "":
		return nil, errors.New("server: PrivateAddr is missing")
	case c.PublicURL == nil:
		return nil, errors.New("server: PublicURL is missing")
	case c.Ready == nil:
		return nil, errors.New("server: Ready is missing")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Registry == nil {
		c.Registry = prometheus.NewRegistry()
	}
	if c.Deadline == 0 {
		c.Deadline = defaultDeadline
	}
	if c.Drain == 0 {
		c.Drain = defaultDrain
	}
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	s := &Server{Config: c}
	var err error
	if s.metrics, err = newMetrics(c.Registry); err != nil {
		return nil, err
	}
	s.public = s.httpServer("public", s.publicEcho())
	s.private = s.httpServer("private", s.privateEcho())
	if s.MyPageAddr != "" {
		s.mypage = s.httpServer("mypage", s.mypageEcho())
	}
	return s, nil
}

// PublicHandler is what the public listener serves.
func (s *Server) PublicHandler() http.Handler { return s.public.Handler }

// PrivateHandler is what the private listener serves.
func (s *Server) PrivateHandler() http.Handler { return s.private.Handler }

// MyPageHandler is what the shop's own programs are served.
func (s *Server) MyPageHandler() http.Handler {
	if s.mypage == nil {
		return s.private.Handler
	}
	return s.mypage.Handler
}

func (s *Server) httpServer(listener string, h http.Handler) *boundedServer {
	crowd := newCrowd(s.Connections, s.metrics, listener)
	return &boundedServer{crowd, &http.Server{
		Handler:           crowd.watch(headAsGet(h)),
		ConnState:         crowd.changed,
		ConnContext:       withConn,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// "OPTIONS *" is answered like any path that is not there: net/http's own answer has
		// none of our headers.
		DisableGeneralOptionsHandler: true,
		// net/http's own complaints name peers by address: they are counted, not kept.
		ErrorLog: log.New(s.metrics.complaints(), "", 0),
	}}
}

func (s *Server) publicEcho() *echo.Echo {
	e := s.newEcho("public")
	if s.Pages != nil {
		e.HTTPErrorHandler = s.answerPage(s.Pages, outsideAPI)
	}
	for _, d := range s.Doors {
		d.Routes(e)
	}
	return e
}

// mypageEcho has its doors and nothing else: no health, no metrics, no pages.
func (s *Server) mypageEcho() *echo.Echo {
	e := s.newEcho("mypage")
	for _, d := range s.MyPageDoors {
		d.Routes(e)
	}
	return e
}

// newEcho is an Echo with everything set that has an unsafe default, and the middleware
// in the order in which it must run.
func (s *Server) newEcho(listener string) *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // it would print errors and paths as they are
	proxies := proxies(s.TrustedProxies)
	e.IPExtractor = proxies.extract // Echo's default believes whatever the client claims
	e.Binder = binder{}
	e.HTTPErrorHandler = s.answerError
	e.Use(
		requestID,
		allowHead,
		securityHeaders(s.PublicURL.Scheme == "https"),
		s.observe(listener), // sees what is really answered, so it wraps everything below
		s.recoverPanics,
		requireClient(proxies), // before anything that counts by address
		limitBody,
		deadline(s.Deadline),
		requireJSON,
	)
	return e
}
