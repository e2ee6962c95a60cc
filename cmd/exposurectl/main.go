// Command exposurectl is the operator's program: it makes keys, turns a shop's exports
// into a reconciled roster, and publishes it.
//
// It guarantees that no roster is stored or published, no decision recorded and no mail
// sent without --commit, and that a dry run says it was one; only pause and resume act at
// once. It never serves customers; what it reads (exports) never travels to the server,
// only the database does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"exposure/internal/breach"
	"exposure/internal/incident"
	"exposure/internal/nodump"
	"exposure/internal/redisdial"
	"exposure/internal/sqlstore"
	"exposure/internal/vault"
)

// Exit codes that scripts may rely on.
const (
	exitDone    = 0
	exitRefused = 1 // refused, failed, or the figures differ
	exitUsage   = 2
)

// errRefused marks an outcome that was already explained on the terminal.
var errRefused = errors.New("refused")

func main() {
	if err := nodump.Forbid(); err != nil {
		fmt.Fprintf(os.Stderr, "exposurectl: %v; the operator's key could be left on a disk, so that it does nothing: allow the process this call\n", err)
		os.Exit(exitRefused)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)                   // a second signal ends what does not heed the first
	redisdial.LogTo(slog.New(slog.DiscardHandler)) // what fails is told by the command
	os.Exit(run(ctx, os.Args[1:], terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// terminal is where a command reads and writes.
type terminal struct {
	In       io.Reader
	Out, Err io.Writer
}

// cli is the whole command line.
type cli struct {
	Database string `name:"database-url" help:"Database of the roster." env:"EXPOSURE_DATABASE_URL" default:"sqlite:exposure.db" placeholder:"URL"`
	Incident string `help:"Incident file." env:"EXPOSURE_INCIDENT" type:"path" default:"" placeholder:"FILE"`
	KeyFile  string `help:"Server key file." env:"EXPOSURE_KEY_FILE" type:"path" default:"" placeholder:"FILE"`
	Operator string `name:"operator-key-file" help:"Operator key file; never on the server." env:"EXPOSURE_OPERATOR_KEY_FILE" type:"path" default:"" placeholder:"FILE"`

	Keygen    keygenCmd      `cmd:"" help:"Make the two key files: FILE for the server, FILE.operator for you."`
	Migrate   migrateCmd     `cmd:"" help:"Bring the database to the schema of this program."`
	IncidentC incidentCmds   `cmd:"" name:"incident" help:"Work with incident files."`
	Guide     exportGuideCmd `cmd:"" name:"export-guide" help:"Print how a shop exports its files, in Japanese."`
	Survey    surveyCmd      `cmd:"" help:"List the payment methods, states, devices and products of a shop's exports."`
	Import    importCmd      `cmd:"" help:"Read a shop's exports, or an approved list, into a new version of the roster."`
	Review    reviewCmds     `cmd:"" help:"Records that somebody has to decide about."`
	Reconcile reconcileCmd   `cmd:"" help:"Compare a version with the published figures."`
	Versions  versionsCmd    `cmd:"" help:"List the versions."`
	Diff      diffCmd        `cmd:"" help:"Who is told something else than by another version."`
	Explain   explainCmd     `cmd:"" help:"Why the people at an address are listed, rule by rule."`
	Publish   publishCmd     `cmd:"" help:"Make a version the one customers are answered from."`
	Pause     pauseCmd       `cmd:"" help:"Shut the look-up at once."`
	Resume    resumeCmd      `cmd:"" help:"Open the look-up again."`
	Agent     agentCmds      `cmd:"" help:"Accounts of the call centre's desk."`
	Client    clientCmds     `cmd:"" help:"Programs of the shop that may call the MY page interface."`
	MyPage    mypageGuideCmd `cmd:"" name:"mypage-guide" help:"Print how a shop's programs use the MY page interface, with every request and answer."`
	MyPageKit mypageKitCmd   `cmd:"" name:"mypage-kit" help:"Write what bars members from the shop's own side: a plugin for the shop, and a guide."`
	MailTest  mailTestCmd    `cmd:"" name:"mail-test" help:"Send one mail as codes are sent, and tell what vouches for it."`
	Doctor    doctorCmd      `cmd:"" passthrough:"" help:"Look for whatever keeps this installation from answering."`
	Reset     resetCmds      `cmd:"" help:"Forced password resets: plan, order, watch."`
	Contact   contactCmds    `cmd:"" help:"Addresses of members whose login mailbox is lost."`
	Letters   lettersCmd     `cmd:"" help:"Letters to whoever has no e-mail address: numbers, names and addresses, to print from."`
	Key       keyCmds        `cmd:"" help:"The keys: list, rotate, retire."`
	Tickets   ticketsCmds    `cmd:"" help:"What the call centre left for you to decide: letters that were asked for, and questions."`
	Canary    canaryCmds     `cmd:"" help:"People who do not exist: who looks them up has a stolen list."`
	Audit     auditCmds      `cmd:"" help:"The audit log: its signed head, and whether it is as it was written."`
	Purge     purgeCmd       `cmd:"" help:"Destroy keys and rows once the incident is closed, and report what is proven."`
}

// program is what a command runs with.
type program struct {
	*cli
	terminal
	ctx context.Context
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, t terminal) (code int) {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("exposurectl"), kong.UsageOnError(), kong.Writers(t.Out, t.Err),
		kong.Description("The operator's side of the exposure look-up. No roster is stored or published without --commit."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(c int) { exited, code = true, c }))
	if err != nil {
		fmt.Fprintln(t.Err, err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if exited {
		return code
	}
	if err != nil {
		fmt.Fprintf(t.Err, "exposurectl: %v\nRun \"exposurectl --help\", or \"exposurectl COMMAND --help\" for an example.\n", err)
		return exitUsage
	}
	err = command.Run(&program{cli: &c, terminal: t, ctx: ctx})
	if err != nil && !errors.Is(err, errRefused) {
		fmt.Fprintf(t.Err, "exposurectl: %v\n", err)
		if todo := sqlstore.Hindrance(err); todo != "" {
			fmt.Fprintln(t.Err, todo)
		}
	}
	if usage := new(usageError); errors.As(err, &usage) {
		return exitUsage
	}
	if err != nil {
		return exitRefused
	}
	return exitDone
}

// usageError is a command line that parses but makes no sense.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

func (p *program) incident() (*breach.Incident, *incident.Vocabulary, error) {
	if p.Incident == "" {
		return nil, nil, usagef("no incident file: set --incident or EXPOSURE_INCIDENT")
	}
	return incident.LoadAll(p.Incident)
}

func (p *program) keys() (*vault.Server, error) {
	if p.KeyFile == "" {
		return nil, usagef("no key file: set --key-file or EXPOSURE_KEY_FILE (make one with \"exposurectl keygen --out FILE\")")
	}
	keys, err := vault.LoadServer(p.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; make one with \"exposurectl keygen --out FILE\"", err)
	}
	return keys, err
}

// operator loads the keys that seal and open why people are listed. They must belong to
// the server's: evidence sealed to another installation's could never be opened.
func (p *program) operator() (*vault.Operator, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, err
	}
	if p.Operator == "" {
		return nil, usagef("no operator key file: set --operator-key-file or EXPOSURE_OPERATOR_KEY_FILE (keygen wrote it beside the server's, as FILE.operator)")
	}
	operator, err := vault.LoadOperator(p.Operator)
	if err != nil {
		return nil, err
	}
	return operator, operator.Belongs(keys)
}

// store opens the database with the keys that authenticate its rows.
func (p *program) store() (*sqlstore.DB, *vault.Server, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, nil, err
	}
	db, err := sqlstore.Open(p.ctx, p.Database)
	if err != nil {
		return nil, nil, err
	}
	return db, keys, nil
}

// roster opens the versions of the incident. The caller closes the database.
func (p *program) roster() (*breach.Incident, *sqlstore.DB, *sqlstore.Roster, error) {
	in, _, err := p.incident()
	if err != nil {
		return nil, nil, nil, err
	}
	db, keys, err := p.store()
	if err != nil {
		return nil, nil, nil, err
	}
	return in, db, db.Roster(keys, in.Digest), nil
}

// dryRun says that nothing was changed and what to do next.
func (p *program) dryRun(what string) {
	fmt.Fprintf(p.Err, "Dry run: %s. Nothing was changed; repeat with --commit to do it.\n", what)
}
