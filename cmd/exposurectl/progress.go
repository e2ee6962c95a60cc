package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"exposure/internal/roster"
)

// bar shows how far long work is, with its rate and the time that remains.
type bar struct {
	to  *os.File
	of  []progressbar.Option
	now *progressbar.ProgressBar
}

// reading counts bytes of files, storing people. Both are nil unless a person looks on: a
// log file wants no bars.
func (p *program) reading() roster.Progress { return p.progress(progressbar.OptionShowBytes(true)) }

func (p *program) storing() roster.Progress {
	return p.progress(progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("people"))
}

func (p *program) progress(of ...progressbar.Option) roster.Progress {
	f, ok := p.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &bar{to: f, of: of}
}

// redraw is how often a bar is drawn.
const redraw = 200 * time.Millisecond

// Begin draws a new bar.
func (b *bar) Begin(what string, total int64) {
	b.now = progressbar.NewOptions64(total, append(b.of, progressbar.OptionSetWriter(b.to), progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true), progressbar.OptionShowElapsedTimeOnFinish(), progressbar.OptionThrottle(redraw),
		progressbar.OptionFullWidth())...)
}

// Add moves the bar on. That it cannot be drawn stops no import.
func (b *bar) Add(n int64) { _ = b.now.Add64(n) }

// End leaves the bar where it is.
func (b *bar) End() { _ = b.now.Exit(); _, _ = b.to.WriteString("\n") }

// counting shows how many members were seen to. Both functions do nothing unless a person
// looks on.
func (p *program) counting(what string, total int) (add func(members int), end func()) {
	b := p.progress(progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("members"))
	if b == nil || total == 0 {
		return func(int) {}, func() {}
	}
	b.Begin(what, int64(total))
	return func(n int) { b.Add(int64(n)) }, b.End
}
