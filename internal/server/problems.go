package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/api"
	"exposure/internal/breach"
	"exposure/internal/client"
	"exposure/internal/console"
	"exposure/internal/lookup"
	"exposure/internal/mypage"
	"exposure/internal/ratelimit"
	"exposure/internal/reset"
	"exposure/internal/wire"
)

// Errors of the transport itself.
var (
	errBodyTooLarge   = errors.New("the body is too large")
	errReportTooLarge = errors.New("the report is too large")
	errMediaType      = errors.New("the body is not JSON")
)

// kind is one sort of answer to an error.
type kind struct {
	slug   wire.ProblemType
	status int
	title  string
	retry  time.Duration // Retry-After; 0: none
	told   bool          // the limit that refused is among those told in RateLimit
	phone  bool          // tells the help line's number
	meant  bool          // somebody wants it so: nothing to look into, whatever the status
}

// The kinds of problem. Retry-After of the 503s is a constant, but for a pause that the
// shop has announced: what is wrong and for how long is nobody's business. A spent mail budget
// lasts until its window of a day ends, or mails that came to nothing are given back: an hour.
var (
	badRequest  = kind{slug: wire.ProblemTypeMalformedRequest, status: http.StatusBadRequest, title: "The request is malformed"}
	noSession   = kind{slug: wire.ProblemTypeUnauthenticated, status: http.StatusUnauthorized, title: "There is no session"}
	noKey       = kind{slug: wire.ProblemTypeUnauthenticated, status: http.StatusUnauthorized, title: "The key is not accepted"}
	noScope     = kind{slug: wire.ProblemTypeScopeMissing, status: http.StatusForbidden, title: "The key is not for this call"}
	keyReused   = kind{slug: wire.ProblemTypeIdempotencyKeyReused, status: http.StatusConflict, title: "The idempotency key was used for another member"}
	noSignIn    = kind{slug: wire.ProblemTypeUnauthenticated, status: http.StatusUnauthorized, title: "The sign-in is not accepted"}
	firstPass   = kind{slug: wire.ProblemTypePasswordChangeRequired, status: http.StatusForbidden, title: "The first password must be changed"}
	outside     = kind{slug: wire.ProblemTypeOutsideHours, status: http.StatusForbidden, title: "The help line is closed"}
	noRole      = kind{slug: wire.ProblemTypeRoleMissing, status: http.StatusForbidden, title: "The account is not for this call"}
	foreignCall = kind{slug: wire.ProblemTypeNotYourCall, status: http.StatusForbidden, title: "It is another agent's call"}
	noAddress   = kind{slug: wire.ProblemTypeNoAddress, status: http.StatusConflict, title: "No address was spelled in this call"}
	notProven   = kind{slug: wire.ProblemTypeNotProven, status: http.StatusConflict, title: "Nothing is proven in this call"}
	extended    = kind{slug: wire.ProblemTypeNotExtendable, status: http.StatusConflict, title: "The time was extended twice"}
	badPassword = kind{slug: wire.ProblemTypePasswordRefused, status: http.StatusUnprocessableEntity, title: "The new password cannot be taken"}
	badText     = kind{slug: wire.ProblemTypeTextRefused, status: http.StatusUnprocessableEntity, title: "The text cannot be taken"}
	notFound    = kind{slug: wire.ProblemTypeNotFound, status: http.StatusNotFound, title: "Nothing is here"}
	wrongMethod = kind{slug: wire.ProblemTypeMethodNotAllowed, status: http.StatusMethodNotAllowed, title: "This method is not allowed here"}
	noReset     = kind{slug: wire.ProblemTypeResetNotApplicable, status: http.StatusConflict, title: "No password reset applies"}
	closed      = kind{slug: wire.ProblemTypeIncidentClosed, status: http.StatusGone, title: "The look-up has closed", phone: true}
	tooLarge    = kind{slug: wire.ProblemTypeBodyTooLarge, status: http.StatusRequestEntityTooLarge, title: "The body is too large"}
	notJSON     = kind{slug: wire.ProblemTypeUnsupportedMediaType, status: http.StatusUnsupportedMediaType, title: "The body must be JSON"}
	notAccepted = kind{slug: wire.ProblemTypeCodeRejected, status: http.StatusUnprocessableEntity, title: "Not accepted"}
	overQuota   = kind{slug: wire.ProblemTypeQuotaExceeded, status: http.StatusTooManyRequests, title: "Too many requests"}
	couldNot    = kind{slug: wire.ProblemTypeCouldNotCheck, status: http.StatusServiceUnavailable, title: "We could not check", retry: time.Minute, phone: true}
	unavailable = kind{slug: wire.ProblemTypeTemporarilyUnavailable, status: http.StatusServiceUnavailable, title: "Temporarily unavailable", retry: 30 * time.Second, phone: true}
	noMail      = kind{slug: wire.ProblemTypeTemporarilyUnavailable, status: http.StatusServiceUnavailable, title: "Temporarily unavailable", retry: time.Hour, phone: true}
	byPhone     = kind{slug: wire.ProblemTypeTemporarilyUnavailable, status: http.StatusServiceUnavailable, title: "Temporarily unavailable", retry: time.Hour, phone: true}
	paused      = kind{slug: wire.ProblemTypeTemporarilyUnavailable, status: http.StatusServiceUnavailable, title: "Temporarily unavailable", phone: true, meant: true}
	unexpected  = kind{slug: wire.ProblemTypeUnexpected, status: http.StatusInternalServerError, title: "Something went wrong"}
)

// table is the one place that says how an error is answered. The first row that matches
// counts, so doubt about the answer comes before what may have caused it.
var table = []struct {
	err    error
	kind   kind
	detail string
}{
	{lookup.ErrCouldNotCheck, couldNot, "this does not mean that the person is not on the list"},
	{breach.ErrUnproven, couldNot, "this does not mean that the person is not on the list"},
	{client.ErrUnavailable, unavailable, ""},
	{client.ErrKey, noKey, ""},
	{client.ErrScope, noScope, ""},
	{client.ErrKeyReused, keyReused, ""},
	{mypage.ErrMemberID, badRequest, "a member's number has 1 to 64 characters of A-Z a-z 0-9 . _ - and is not . or .."},
	{mypage.ErrIdempotencyKey, badRequest, "send one Idempotency-Key of 1 to 128 visible ASCII characters"},
	{mypage.ErrQuery, badRequest, "state, cursor or limit is none that can be asked for"},
	{mypage.ErrKitReport, badRequest, "a value of the report is out of its range, a list is missing, or it names a member twice"},
	{breach.ErrNoReset, noReset, ""},
	{breach.ErrNotRedeemed, noReset, ""},
	{breach.ErrNotChanged, noReset, ""},
	{breach.ErrTicketSpent, notFound, ""},
	{reset.ErrShopUnavailable, unavailable, ""},
	{lookup.ErrNoMail, noMail, "no code is promised to anybody now; a mail with one of 20 digits may come all the same, which any verification of the address accepts"},
	{lookup.ErrLettersByPhone, byPhone, "letter numbers are taken by phone only now"},
	{lookup.ErrUnavailable, unavailable, ""},
	{lookup.ErrClosed, closed, ""},
	{lookup.ErrMalformedAddress, badRequest, "email does not have the form of an address"},
	{breach.ErrLetterSlip, badRequest, "the check digits of the letter number do not match: a slip in copying; nothing was counted"},
	{lookup.ErrMalformedCode, badRequest, "what was given does not have the form of a code or letter number; nothing was counted"},
	{lookup.ErrNotFound, notFound, ""},
	{lookup.ErrUnauthenticated, noSession, ""},
	{lookup.ErrResetNotApplicable, noReset, ""},
	{agent.ErrUnavailable, unavailable, ""},
	{agent.ErrSignIn, noSignIn, ""},
	{agent.ErrSignedOut, noSession, ""},
	{agent.ErrOutsideHours, outside, ""},
	{agent.ErrMustChange, firstPass, ""},
	{agent.ErrPassword, badPassword, "take 12 characters or more that are neither common nor the old ones, without the account's name"},
	{agent.ErrRole, noRole, ""},
	{agent.ErrNoCall, notFound, ""},
	{agent.ErrForeignCall, foreignCall, ""},
	{agent.ErrNoAddress, noAddress, ""},
	{agent.ErrNotProven, notProven, ""},
	{agent.ErrExtended, extended, ""},
	{agent.ErrText, badText, "no text may be empty, too long, or hold 13 digits or more; nothing of it was kept"},
	{agent.ErrChoice, badRequest, "a reason, outcome or topic is none of those there are"},
	{agent.ErrNoTicket, notFound, ""},
	{console.ErrLocale, badRequest, "locale is none of ja, en, ja-easy"},
	{api.ErrLocale, badRequest, "locale is none of ja, en, ja-easy"},
	{errClient, badRequest, "the forwarded client address is not one address"},
	{errBodyTooLarge, tooLarge, "a body has at most 8 KiB"},
	{errReportTooLarge, tooLarge, "a report has at most 256 KiB"},
	{errMediaType, notJSON, "send one Content-Type: application/json, in UTF-8 and not compressed"},
	{context.DeadlineExceeded, unavailable, ""},
	{context.Canceled, unavailable, ""},
}

// problemOf finds the answer to an error; whatever nobody has thought of is a 500 that
// says nothing.
func problemOf(err error) (kind, wire.Problem) {
	if over := new(ratelimit.Exceeded); errors.As(err, &over) {
		k := overQuota
		k.retry, k.told = over.RetryAfter, over.Name.OfClient()
		return k, k.problem("")
	}
	if rejected := new(lookup.Rejected); errors.As(err, &rejected) {
		p := notAccepted.problem("")
		if rejected.AttemptsLeft >= 0 { // a letter number has no tries to count
			p.AttemptsLeft = &rejected.AttemptsLeft
		}
		return notAccepted, p
	}
	if shut := new(lookup.PausedError); errors.As(err, &shut) {
		k := paused
		k.retry = shut.RetryAfter(time.Now())
		p := k.problem("what was entered was not saved; we do not know yet whether the person is on the list")
		if back := shut.Pause.BackAt; back != nil {
			said := wire.Instant(*back, back.Location())
			p.BackAt = &said
		}
		return k, p
	}
	if bad := new(malformed); errors.As(err, &bad) {
		return badRequest, badRequest.problem(bad.detail)
	}
	for _, row := range table {
		if errors.Is(err, row.err) {
			return row.kind, row.kind.problem(row.detail)
		}
	}
	if transport := new(echo.HTTPError); errors.As(err, &transport) {
		k := ofStatus(transport.Code)
		return k, k.problem("")
	}
	return unexpected, unexpected.problem("")
}

// ofStatus is for Echo's and the generated code's own errors. Only their status is used:
// their messages repeat what was sent.
func ofStatus(status int) kind {
	for _, k := range []kind{badRequest, notFound, wrongMethod, tooLarge, notJSON} {
		if k.status == status {
			return k
		}
	}
	return unexpected
}

func (k kind) problem(detail string) wire.Problem {
	p := wire.Problem{Type: k.slug, Title: k.title, Status: k.status}
	if detail != "" {
		p.Detail = &detail
	}
	return p
}

// answerError is Echo's HTTPErrorHandler.
func (s *Server) answerError(err error, c echo.Context) {
	if !c.Response().Committed {
		s.answerDocument(c, s.decide(err, c))
	}
}

// answerPage is the HTTPErrorHandler of a listener with pages: there people are told in their
// language. If that fails they get the document.
func (s *Server) answerPage(pages Pages, isPage func(path string) bool) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		p := s.decide(err, c)
		if !isPage(c.Request().URL.Path) || pages.Problem(c, err, p) != nil && !c.Response().Committed {
			s.answerDocument(c, p)
		}
	}
}

// outsideAPI tells what is a page on the public listener.
func outsideAPI(path string) bool { return !strings.HasPrefix(path, apiPrefix) }

// atDesk tells what is a page on the private listener.
func atDesk(path string) bool { return path == deskPath || strings.HasPrefix(path, deskPath+"/") }

// decide finds the answer, logs what somebody must look into, and sets the headers.
func (s *Server) decide(err error, c echo.Context) wire.Problem {
	k, p := problemOf(err)
	if k.phone && s.Phone != "" {
		p.Phone = &s.Phone
	}
	if k.status == http.StatusInternalServerError {
		id := requestIDOf(c)
		p.RequestId = &id
	}
	if k.status >= http.StatusInternalServerError && !k.meant && !gone(c) {
		s.Logger.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("request_id", requestIDOf(c)), slog.String("route", routeOf(c)), slog.String("error", err.Error()))
	}
	k.setHeaders(c.Response().Header())
	return p
}

func (s *Server) answerDocument(c echo.Context, p wire.Problem) {
	body, err := json.Marshal(p)
	if err != nil { // a problem holds texts and numbers only
		body = []byte(`{}`)
	}
	_ = c.Blob(p.Status, "application/problem+json", body) // fails only when the client is gone
}

// gone tells whether the client has left; nobody reads the answer then.
func gone(c echo.Context) bool { return errors.Is(c.Request().Context().Err(), context.Canceled) }

func (k kind) setHeaders(h http.Header) {
	if k.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if k.retry != 0 || k.status == http.StatusTooManyRequests {
		seconds := max(1, int(math.Ceil(k.retry.Seconds())))
		h.Set("Retry-After", strconv.Itoa(seconds))
		if !k.told { // it would name a later time than Retry-After, and a quota that is not used up
			h.Del("RateLimit")
			h.Del("RateLimit-Policy")
		}
	}
}
