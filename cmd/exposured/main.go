// Command exposured answers the customers: it verifies a mailbox by a mailed code and
// tells the person their own exposure report.
//
// It guarantees to refuse to start on anything unsafe, with a sentence that says what to
// do, and to say "could not check" rather than guess once it runs. It can neither import
// a roster nor open a sealed contact: those keys and rights are the operator's.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "time/tzdata" // the container has no zone database, and hours must be right

	"github.com/alecthomas/kong"

	"exposure/internal/config"
	"exposure/internal/nodump"
	"exposure/internal/redisdial"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	redisdial.LogTo(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	p := program{out: os.Stdout, err: os.Stderr, listening: func(net.Addr, net.Addr) {}}
	os.Exit(p.alone(ctx, os.Args[1:]))
}

// program is where exposured writes; listening is told the two addresses once it serves.
type program struct {
	out, err  io.Writer
	listening func(public, private net.Addr)
	now       func() time.Time // nil: the machine's clock
	// proveEvery is how often the whole audit log is proven; 0: see verifyEvery.
	proveEvery time.Duration
	// connections may be open at a time on each listener; 0: as many as servers allow.
	connections int
}

type cli struct {
	Serve config.Serve `cmd:"" help:"Answer customers."`
	Demo  demoCmd      `cmd:"" help:"Run the whole product on this machine with an invented shop."`
}

// alone is run in a process of its own, of which no memory is ever dumped.
func (p program) alone(ctx context.Context, args []string) (code int) {
	if err := nodump.Forbid(); err != nil {
		fmt.Fprintf(p.err, "exposured: %v; what a customer typed could be left on a disk, so that it does not start: allow the process this call\n", err)
		return 1
	}
	return p.run(ctx, args)
}

// run executes one command line and returns the exit code: 0 done, 1 refused or failed,
// 2 usage.
func (p program) run(ctx context.Context, args []string) (code int) {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("exposured"), kong.UsageOnError(), kong.Writers(p.out, p.err),
		kong.Description("Customer self-service exposure look-up."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(c int) { exited, code = true, c }))
	if err != nil {
		fmt.Fprintln(p.err, err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(p.err, "exposured: %v\nRun \"exposured --help\" for the commands.\n", err)
		return 2
	}
	log := slog.New(slog.NewJSONHandler(p.err, nil))
	switch command.Command() {
	case "serve":
		err = p.serve(ctx, c.Serve, log)
	case "demo":
		err = p.demo(ctx, c.Demo)
	}
	if err != nil {
		fmt.Fprintf(p.err, "exposured: %v\n", err)
		return 1
	}
	return 0
}
