package eccube2_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"exposure/internal/kit/eccube2"
)

// TestTheKitIsWhole: the archive is what a shop's administration takes, the other folder
// holds the same engine, and both show the settings.
func TestTheKitIsWhole(t *testing.T) {
	dir := write(t, eccube2.Settings{Shop: "お菓子のことぶき"})
	packed := archive(t, filepath.Join(dir, "ExposureReset.tar.gz"))
	for _, name := range []string{"plugin_info.php", "ExposureReset.php", "config.php", "cron.php", "defaults.php", "lib/ExposureReset_Kit.php"} {
		if packed[name] == "" {
			t.Errorf("the archive holds no %s", name)
		}
	}
	err := fs.WalkDir(os.DirFS(filepath.Join(dir, "without-plugin")), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(name, "lib/") {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, "without-plugin", name))
		if packed[name] != string(text) {
			t.Errorf("%s is another one in the archive", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for name := range packed {
		if strings.Contains(name, "..") || filepath.IsAbs(name) || strings.Contains(name, "phptest") || strings.HasPrefix(filepath.Base(name), ".") {
			t.Errorf("%s is no part of a kit", name)
		}
	}
	if !strings.Contains(packed["defaults.php"], "'お菓子のことぶき'") || !strings.Contains(packed["defaults.php"], "'phone' => ''") {
		t.Errorf("the settings are not there: %s", packed["defaults.php"])
	}
}

// TestOneKitFromOneSetting: whoever has two archives can tell whether they are the same.
func TestOneKitFromOneSetting(t *testing.T) {
	s := eccube2.Settings{API: "https://api.example.jp"}
	a, err := os.ReadFile(filepath.Join(write(t, s), "ExposureReset.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(write(t, s), "ExposureReset.tar.gz"))
	if err != nil || string(a) != string(b) {
		t.Errorf("two kits differ, %v", err)
	}
}

// TestSettingsAreNoProgram: a shop's name is text wherever it ends.
func TestSettingsAreNoProgram(t *testing.T) {
	for name, want := range map[string]string{
		`O'Brien`:                `'shop_name' => 'O\'Brien'`,
		`\`:                      `'shop_name' => '\\'`,
		`', 'x' => system("id")`: `'shop_name' => '\', \'x\' => system("id")'`,
		`'phone' => ''`:          `'shop_name' => '\'phone\' => \'\''`,
	} {
		packed := archive(t, filepath.Join(write(t, eccube2.Settings{Shop: name, Phone: "0120"}), "ExposureReset.tar.gz"))
		if !strings.Contains(packed["defaults.php"], want) || !strings.Contains(packed["defaults.php"], `'phone' => '0120'`) {
			t.Errorf("%s became %s", name, packed["defaults.php"])
		}
	}
	err := eccube2.Write(filepath.Join(t.TempDir(), "kit"), eccube2.Settings{Shop: "a\nb"})
	if !errors.Is(err, eccube2.ErrSetting) {
		t.Errorf("a name of two lines: %v", err)
	}
}

// TestAKitIsWholeOrNotThere: what is there stays, and what fails leaves nothing.
func TestAKitIsWholeOrNotThere(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "kit")
	if err := os.WriteFile(dir, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := eccube2.Write(dir, eccube2.Settings{}); !errors.Is(err, eccube2.ErrExists) {
		t.Errorf("over a file: %v", err)
	}
	if err := eccube2.Write(filepath.Join(parent, "nowhere", "kit"), eccube2.Settings{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
}

func write(t *testing.T, s eccube2.Settings) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "kit")
	if err := eccube2.Write(dir, s); err != nil {
		t.Fatal(err)
	}
	return dir
}

// archive is what an archive holds, by name; folders hold nothing.
func archive(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for r := tar.NewReader(zip); ; {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[head.Name] = string(text)
	}
}
