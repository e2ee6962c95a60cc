package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// maxSecret is far above any URL; a larger file is the wrong file.
const maxSecret = 16 << 10

// secret takes a value from the variable or from the file that the variable with _FILE
// names, as Docker and systemd hand secrets over. Line ends at its end are dropped.
func (c *checker) secret(name, value, file string) string {
	if file == "" {
		return value
	}
	if value != "" {
		c.refuse(name, "and %s_FILE are both set: unset one of them", name)
		return value
	}
	b, err := readSecret(file)
	switch {
	case err != nil:
		c.refuse(name+"_FILE", "names a file that cannot be read: %v", err)
	case len(b) == maxSecret:
		c.refuse(name+"_FILE", "names a file that is too large for a secret: is it the right one?")
	case strings.TrimRight(b, "\r\n") == "":
		c.refuse(name+"_FILE", "names an empty file: write the value into it, or unset the variable")
	}
	return strings.TrimRight(b, "\r\n")
}

func readSecret(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err // names the path, which is no secret
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	return string(b), errors.Join(err, f.Close())
}

// String masks the settings: URLs hold passwords.
func (s Settings) String() string { return "(settings)" }

// GoString masks %#v as well.
func (s Settings) GoString() string { return "config.Settings(masked)" }

// LogValue masks the settings in structured logs.
func (s Settings) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String masks the configuration as it was written.
func (s Serve) String() string { return "(configuration)" }

// GoString masks %#v as well.
func (s Serve) GoString() string { return "config.Serve(masked)" }

// String masks the target, which holds a password.
func (c Connector) String() string { return fmt.Sprintf("(connector %s)", c.Kind) }

// GoString masks %#v as well.
func (c Connector) GoString() string { return c.String() }
