package doctor

import (
	"errors"
	"io/fs"

	"exposure/internal/vault"
)

func (i Installation) keys(p *patient) *vault.Server {
	if i.KeyFile == "" {
		return nil
	}
	server, err := vault.LoadServer(i.KeyFile)
	if err != nil {
		do := keyAdvice(err)
		if _, operators := vault.LoadOperator(i.KeyFile); operators == nil {
			do = "this is the operator's file: set EXPOSURE_KEY_FILE to the server's, which keygen wrote without \".operator\", and EXPOSURE_OPERATOR_KEY_FILE to this one, on the office machine only"
		}
		p.trouble(do, "the server's key file cannot be used: %v", err)
		return nil
	}
	if made := server.Made(); made.After(i.Now().Add(clockTolerance)) {
		p.warn("set the clock: time must be right on this machine", "the server's keys were made in the future, on %s", made.Format("2006-01-02 15:04 MST"))
	} else {
		p.ok("the server's key file is whole and its owner's alone; its keys are of %s", made.Format("2006-01-02"))
	}
	if i.OperatorKeyFile == "" {
		return server
	}
	operator, err := vault.LoadOperator(i.OperatorKeyFile)
	if err == nil {
		err = operator.Belongs(server)
	}
	if err != nil {
		do := keyAdvice(err)
		if errors.Is(err, vault.ErrWrongKind) {
			if _, servers := vault.LoadServer(i.OperatorKeyFile); servers == nil {
				do = "this is a server's file, which EXPOSURE_KEY_FILE wants: set EXPOSURE_OPERATOR_KEY_FILE to the one that keygen wrote with \".operator\""
			}
		}
		p.trouble(do, "the operator's key file cannot be used: %v", err)
		return server
	}
	p.ok("the operator's key file is its pair")
	p.note("on the server, remove it: whoever takes the server over must not find it",
		"the operator's key file is on this machine")
	return server
}

func keyAdvice(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "give the path of the file; exposurectl keygen makes a new pair, which no roster imported before fits"
	case errors.Is(err, vault.ErrWrongKind):
		return "give the path of the file that exposurectl keygen wrote: EXPOSURE_KEY_FILE wants the server's, EXPOSURE_OPERATOR_KEY_FILE the one with \".operator\""
	case errors.Is(err, vault.ErrPermissions):
		return "run chmod 600 on it, and think of who could have copied it"
	case errors.Is(err, vault.ErrNotPair):
		return "use the two files that one run of exposurectl keygen wrote"
	case errors.Is(err, fs.ErrPermission):
		return "give the file to the user that runs this program"
	default:
		return "bring the file back from the safe"
	}
}
