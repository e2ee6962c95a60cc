package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// Listen opens the listeners. Connections queue until Serve is called.
func (s *Server) Listen(ctx context.Context) error {
	var lc net.ListenConfig
	var err error
	if s.publicLn, err = lc.Listen(ctx, "tcp", s.Config.PublicAddr); err != nil {
		return fmt.Errorf("opening the public listener: %w", err)
	}
	if s.privateLn, err = lc.Listen(ctx, "tcp", s.Config.PrivateAddr); err != nil {
		_ = s.publicLn.Close() // nothing was served on it
		return fmt.Errorf("opening the private listener: %w", err)
	}
	if s.mypage == nil {
		return nil
	}
	if s.mypageLn, err = lc.Listen(ctx, "tcp", s.Config.MyPageAddr); err != nil {
		_, _ = s.publicLn.Close(), s.privateLn.Close() // nothing was served on them
		return fmt.Errorf("opening the MY page listener: %w", err)
	}
	return nil
}

// PublicListener is the address the public listener has got; valid after Listen.
func (s *Server) PublicListener() net.Addr { return s.publicLn.Addr() }

// PrivateListener is the address the private listener has got; valid after Listen.
func (s *Server) PrivateListener() net.Addr { return s.privateLn.Addr() }

// MyPageListener is the address on which the shop's own programs are answered; valid after
// Listen.
func (s *Server) MyPageListener() net.Addr {
	if s.mypageLn == nil {
		return s.privateLn.Addr()
	}
	return s.mypageLn.Addr()
}

// Serve answers requests until ctx ends or a listener fails, then drains: it stops
// accepting, says "not ready", and gives running requests Config.Drain to end. Requests
// do not see ctx end. The private listener goes last, so that health stays visible.
//
// It returns nil after a complete drain, and an error that names what was cut off or
// which listener failed.
func (s *Server) Serve(ctx context.Context) error {
	if s.publicLn == nil || s.privateLn == nil {
		return errors.New("serving: Listen was not called")
	}
	ended := make(chan error, 3)
	go func() { ended <- served("public", s.public.Serve(s.publicLn)) }()
	go func() { ended <- served("private", s.private.Serve(s.privateLn)) }()
	running := 2
	if s.mypage != nil {
		running++
		go func() { ended <- served("MY page", s.mypage.Serve(s.mypageLn)) }()
	}
	var first error
	select {
	case <-ctx.Done():
	case first = <-ended:
		running--
	}
	s.draining.Store(true)
	err := errors.Join(first, s.drain(context.WithoutCancel(ctx)))
	for range running {
		err = errors.Join(err, <-ended)
	}
	return err
}

func served(name string, err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving the %s listener: %w", name, err)
}

// drain shares one deadline between the listeners. What is still running then is cut
// off: a process that does not end would be killed in the middle of anything.
func (s *Server) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Drain)
	defer cancel()
	err := shutdown(ctx, "public", s.public)
	if s.mypage != nil {
		err = errors.Join(err, shutdown(ctx, "MY page", s.mypage))
	}
	return errors.Join(err, shutdown(ctx, "private", s.private))
}

func shutdown(ctx context.Context, name string, srv *boundedServer) error {
	if err := srv.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("draining the %s listener: %w", name, err), srv.Close())
	}
	return nil
}
