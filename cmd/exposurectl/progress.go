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
	now *progressbar.ProgressBar
}

// progress is nil unless a person looks on: a log file wants no bars.
func (p *program) progress() roster.Progress {
	f, ok := p.Err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &bar{to: f}
}

func (b *bar) Begin(what string, total int64) {
	b.now = progressbar.NewOptions64(total, progressbar.OptionSetWriter(b.to), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(24), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionShowBytes(total > 1<<16), progressbar.OptionFullWidth())
}

func (b *bar) Add(n int64) { _ = b.now.Add64(n) }

func (b *bar) End() { _ = b.now.Finish(); _, _ = b.to.WriteString("\n") }
