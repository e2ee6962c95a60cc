package eccube2_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"exposure/internal/live"
)

// TestKit runs the kit's own tests: over curl, and over streams where PHP has no curl.
func TestKit(t *testing.T) {
	live.Need(t, "php", "phpunit")
	readAll(t, "plugin", "phptest")
	env := append(os.Environ(), databases(t)...)
	env = append(append(env, api(t)...), tlsServers(t)...)
	for way, args := range map[string][]string{
		"curl":    {},
		"streams": {"-d", "disable_functions=curl_init,curl_exec"}, // what calls, not all over again
	} {
		t.Run(way, func(t *testing.T) {
			phpunit, err := exec.LookPath("phpunit")
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, phpunit, "--configuration", "phptest/phpunit.xml")
			if way == "streams" {
				args = append(args, "--filter", "HttpTest|ApiTest|RenewalTest|testWhoIsListed|TLS|testASlowApi")
			}
			cmd := exec.Command("php", args...)
			cmd.Env = append(env, "KIT_WAY="+way)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if strings.Contains(string(out), "Skipped") || strings.Contains(string(out), "Incomplete") {
				t.Errorf("with all servers there, tests were skipped:\n%s", out)
			}
			t.Logf("%s", out)
		})
	}
}

// readAll reads all files, so that a result of this test is not kept over a change of one.
func readAll(t *testing.T, roots ...string) {
	t.Helper()
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == "node_modules":
				return filepath.SkipDir
			case d.IsDir():
				return nil
			}
			_, err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// databases starts both, and says where they are.
func databases(t *testing.T) []string {
	t.Helper()
	postgres, maria := live.NewPostgres(t), live.NewMariaDB(t)
	_, port, err := net.SplitHostPort(postgres.Addr())
	if err != nil {
		t.Fatal(err)
	}
	mysql := "mysql:unix_socket=" + maria.MariaDBSocket() + ";charset=utf8"
	run(t, nil, "php", "-r", `(new PDO($argv[1], "root", ""))->exec("CREATE DATABASE shop");`, "--", mysql)
	return []string{
		"KIT_PGSQL=pgsql:host=" + postgres.Dir() + ";port=" + port + ";dbname=postgres",
		"KIT_MYSQL=" + mysql + ";dbname=shop",
	}
}

// run runs a program to its end and returns what it wrote.
func run(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// api serves phptest/support/router.php, several requests at a time.
func api(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	router, err := filepath.Abs("phptest/support/router.php")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("php", "-d", "opcache.enable_cli=0", "-S", addr, "-t", dir, router)
	cmd.Env = append(os.Environ(), "KIT_API_DIR="+dir, "PHP_CLI_SERVER_WORKERS=6")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the API for tests does not start: %v", err)
		}
	}
	return []string{"KIT_API_URL=http://" + addr, "KIT_API_DIR=" + dir}
}

// TestEveryFileIsReadByThisPHP holds all shipped files against the PHP that is installed.
func TestEveryFileIsReadByThisPHP(t *testing.T) {
	live.Need(t, "php")
	for _, file := range shipped(t) {
		if out := run(t, nil, "php", "-d", "error_reporting=-1", "-d", "display_errors=1", "-l", file); strings.Contains(out, "Deprecated") || strings.Contains(out, "Warning") {
			t.Errorf("%s: %s", file, out)
		}
	}
}

// TestFilesAreClean: a mark before or anything after the code would be sent to browsers
// before the shop's own headers.
func TestFilesAreClean(t *testing.T) {
	for _, file := range shipped(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := string(text)
		if !strings.Contains(file, "templates"+string(filepath.Separator)) && (!strings.HasPrefix(s, "<?php\n") || strings.Contains(s, "?>")) {
			t.Errorf("%s does not begin with <?php, or ends PHP", file)
		}
		if strings.HasPrefix(s, "\ufeff") || strings.Contains(s, "\r") {
			t.Errorf("%s has a byte order mark or CR", file)
		}
	}
}

// shipped are the PHP files that a shop gets.
func shipped(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, root := range []string{"plugin", "manual"} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".php") {
				files = append(files, path)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if len(files) < 10 {
		t.Fatalf("only %d PHP files are found", len(files))
	}
	return files
}
