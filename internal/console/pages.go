package console

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"exposure/internal/agent"
	"exposure/internal/web/guard"
)

// Paths of the desk. What follows a call's id is a step, never anything of a caller.
const (
	pathHome     = "/console"
	pathSignIn   = "/console/sign-in"
	pathSignOut  = "/console/sign-out"
	pathLocked   = "/console/locked"
	pathPassword = "/console/password"
	pathCalls    = "/console/calls"
	pathCounts   = "/console/counts"
	pathStatic   = "/console/static/"
	pathCall     = pathCalls + "/:id"
)

// visit is one request of a page.
type visit struct {
	echo.Context
	d   *Console
	who agent.Agent
}

type handler func(v *visit) error

func (v *visit) ctx() context.Context { return v.Request().Context() }

// from is who asks, as the server's IPExtractor vouches for it; an address that does not
// parse shares one limit with all such.
func (v *visit) from() netip.Addr {
	addr, _ := netip.ParseAddr(v.RealIP())
	return addr
}

func (v *visit) field(name string) string { return guard.Field(v.Request(), name) }

// to answers a form, so that reloading repeats nothing.
func (v *visit) to(path string) error { return v.Redirect(http.StatusSeeOther, path) }

// routes adds the pages, one by one: a group of Echo's would answer for every path there is.
func (d *Console) pageRoutes(e *echo.Echo) {
	get := func(path string, need admission, h handler) { e.GET(path, d.page(need, h), pageHeaders) }
	post := func(path string, need admission, h handler) {
		e.POST(path, d.page(need, h), pageHeaders, d.forms)
	}
	get(pathSignIn, nobody, (*visit).askSignIn)
	post(pathSignIn, nobody, (*visit).signIn)
	get(pathLocked, nobody, (*visit).locked)
	get(pathPassword, anybody, (*visit).askPassword)
	post(pathPassword, anybody, (*visit).changePassword)
	post(pathSignOut, anybody, (*visit).signOut)
	get(pathHome, settled, (*visit).home)
	post(pathCalls, settled, (*visit).open)
	get(pathCounts, settled, (*visit).counts)
	get(pathCounts+"/:day", settled, (*visit).counts)
	get(pathCall+"/faded", nobody, (*visit).faded)
	for step, h := range steps() {
		get(pathCall+step, settled, h)
	}
	for step, h := range forms() {
		post(pathCall+"/"+step, settled, h)
	}
	e.GET(pathStatic+":name", d.serveStatic, pageHeaders)
}

// page asks who it is before anything of the request is looked at.
func (d *Console) page(need admission, h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := &visit{Context: c, d: d}
		if need == nobody {
			return h(v)
		}
		var err error
		if v.who, err = d.c.Accounts.Who(v.ctx(), v.cookie(agentCookie)); errors.Is(err, agent.ErrSignedOut) {
			v.forget()
			if c.Request().Method == http.MethodGet {
				return v.to(pathSignIn)
			}
			return v.to(pathLocked)
		} else if err != nil {
			return err
		}
		if need == settled && v.who.MustChange {
			return v.to(pathPassword)
		}
		return h(v)
	}
}

func pageHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		setHeaders(c.Response().Header())
		return next(c)
	}
}

// setHeaders lets a page load our own style sheets and icon, and send forms to us. There is
// no script.
func setHeaders(h http.Header) {
	guard.Headers(h, "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
}

func (d *Console) serveStatic(c echo.Context) error {
	if !d.files.Serve(c.Response(), c.Request(), c.Param("name")) {
		return echo.ErrNotFound
	}
	return nil
}
