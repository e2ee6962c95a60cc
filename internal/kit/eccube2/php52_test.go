package eccube2_test

import (
	"exposure/internal/live"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// old runs phptest/php52.mjs over folders.
func old(t *testing.T, folders ...string) (string, error) {
	t.Helper()
	live.Need(t, "node")
	if _, err := os.Stat("phptest/node_modules/@php-wasm/node-5-2/package.json"); err != nil {
		live.Missing(t, `what "npm ci" installs in internal/kit/eccube2/phptest is missing`)
	}
	out, err := exec.Command("node", append([]string{"phptest/php52.mjs"}, folders...)...).CombinedOutput()
	return string(out), err
}

// TestOldestPHP holds every shipped file against PHP 5.2.17, the oldest that shops have, and
// runs the kit's logic in it.
func TestOldestPHP(t *testing.T) {
	folders := []string{"plugin"}
	if _, err := os.Stat("manual"); err == nil {
		folders = append(folders, "manual")
	}
	readAll(t, append(folders, "phptest")...)
	out, err := old(t, folders...)
	if err != nil || !regexp.MustCompile(`(?m)^done: [1-9][0-9]+ files, [1-9][0-9]+ checks$`).MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// TestOldestPHPSeesWhatIsNew: each of these was added to PHP after 5.2.
func TestOldestPHPSeesWhatIsNew(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "fresh")
	if err := os.Mkdir(fresh, 0o700); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, code := range map[string]string{
		"array":     `$a = ['a'];`,
		"closure":   `$f = function () { return 1; };`,
		"elvis":     `$a = 1 ?: 2;`,
		"static":    `class A { static function b() { return static::c(); } }`,
		"namespace": `namespace A;`,
		"finally":   `try { } finally { }`,
		"coalesce":  `$a = $b ?? 1;`,
		"unclosed":  `if (1) {`,
		"function":  `$a = array_column(array(), 'a');`,
	} {
		if err := os.WriteFile(filepath.Join(fresh, name+".php"), []byte("<?php\n"+code+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	out, err := old(t, "plugin", fresh)
	if err == nil || !strings.HasSuffix(out, fmt.Sprintf("\n%d bad\n", len(names))) {
		t.Errorf("%v\n%s", err, out)
	}
	for _, name := range names {
		if !strings.Contains(out, "/fresh/"+name+".php: ") {
			t.Errorf("PHP 5.2 takes %s:\n%s", name, out)
		}
	}
}
