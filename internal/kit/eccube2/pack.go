// Package eccube2 is the kit for a shop that runs EC-CUBE 2: a plugin in PHP that bars
// members from the shop's own side, shows the page for a new password and reports what it
// did, and the same without a plugin engine for older or altered shops.
//
// It guarantees that a kit holds nothing secret and is the same, byte for byte, whenever it
// is made from the same settings; and that a folder is whole or not there.
//
// It refuses to talk to anything: what the kit says to the server is MY page's interface, and
// the PHP beside this file is all that runs in the shop.
package eccube2

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// Code is the plugin's, by which the shop's administration and its folders name it.
const Code = "ExposureReset"

const (
	plugin   = "plugin/" + Code
	manual   = "manual"
	defaults = "defaults.php"
	banner   = "banner.html"
)

//go:embed all:plugin all:manual guide
var files embed.FS

var (
	// ErrExists: there is something where the kit is to be written.
	ErrExists = errors.New("there is something already: name a folder that does not exist yet")
	// ErrSetting: a setting holds what belongs on no page.
	ErrSetting = errors.New("a setting holds a control character")
)

// Settings are what the shop's settings page shows before anything was saved in it. All are
// public and each may be empty.
type Settings struct {
	API    string // of MY page, without /v1
	Lookup string // where customers look their data up
	Shop   string // its name, in Japanese
	Phone  string // of the help line
	Notice string // day of the notice, in Japanese
}

// Write makes the folder dir with the kit in it.
func Write(dir string, s Settings) (err error) {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("writing the kit to %s: %w", dir, ErrExists)
	}
	shown, err := s.php()
	if err != nil {
		return fmt.Errorf("writing the kit: %w", err)
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), ".kit-*")
	if err != nil {
		return fmt.Errorf("writing the kit: %w", err)
	}
	defer os.RemoveAll(made)
	if err := errors.Join(write(made, shown), unpack("guide", made), s.banner(filepath.Join(made, banner))); err != nil {
		return fmt.Errorf("writing the kit: %w", err)
	}
	if err := errors.Join(os.Chmod(made, 0o755), os.Rename(made, dir)); err != nil {
		return fmt.Errorf("writing the kit to %s: %w", dir, err)
	}
	return nil
}

func write(dir string, shown []byte) error {
	archive, err := pack(shown)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, Code+".tar.gz"), archive, 0o644); err != nil {
		return err
	}
	without := filepath.Join(dir, "without-plugin")
	for _, part := range []struct{ from, to string }{{manual, without}, {plugin + "/lib", without + "/lib"}, {plugin + "/templates", without + "/templates"}} {
		if err := unpack(part.from, part.to); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(without, defaults), shown, 0o644)
}

// banner fills in what is known in the notice for the shop's top page; the rest stays in 〔 〕
// for whoever pastes it.
func (s Settings) banner(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	filled := string(text)
	for _, one := range []struct{ place, value string }{
		{"〔確認ページのアドレス〕", s.Lookup}, {"〔店名〕", s.Shop}, {"〔電話番号〕", s.Phone}, {"〔お知らせの日付〕", s.Notice},
	} {
		if one.value != "" {
			filled = strings.ReplaceAll(filled, one.place, html.EscapeString(one.value))
		}
	}
	return os.WriteFile(file, []byte(filled), 0o644)
}

// unpack writes a folder of the kit.
func unpack(from, to string) error {
	tree, err := fs.Sub(files, from)
	if err != nil {
		return err
	}
	return fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		target := filepath.Join(to, filepath.FromSlash(name))
		if err != nil || e.IsDir() {
			return errors.Join(err, os.MkdirAll(target, 0o755))
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
}

// pack is what is uploaded in the shop's administration, which wants the plugin's files at the
// top of the archive. Files have a fixed time, so that two archives can be compared.
func pack(shown []byte) ([]byte, error) {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	all := tar.NewWriter(zip)
	tree, err := fs.Sub(files, plugin)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		return add(all, tree, name, e.IsDir(), shown)
	})
	err = errors.Join(err, all.Close(), zip.Close())
	return out.Bytes(), err
}

func add(all *tar.Writer, tree fs.FS, name string, folder bool, shown []byte) error {
	head := tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	var text []byte
	if folder {
		head.Name, head.Mode, head.Typeflag = name+"/", 0o755, tar.TypeDir
	} else if name == defaults {
		text = shown
	} else {
		var err error
		if text, err = fs.ReadFile(tree, name); err != nil {
			return err
		}
	}
	head.Size = int64(len(text))
	if err := all.WriteHeader(&head); err != nil {
		return err
	}
	_, err := io.Copy(all, bytes.NewReader(text))
	return err
}

// php is the file that holds the settings. They are quoted, because a shop's name may hold
// an apostrophe, and what is not quoted would run in the shop.
func (s Settings) php() ([]byte, error) {
	text, err := fs.ReadFile(files, path.Join(plugin, defaults))
	if err != nil {
		return nil, err
	}
	for _, one := range []struct{ name, value string }{
		{"api_url", s.API}, {"lookup_url", s.Lookup}, {"shop_name", s.Shop}, {"phone", s.Phone}, {"notice_date", s.Notice},
	} {
		if strings.ContainsFunc(one.value, unicode.IsControl) {
			return nil, fmt.Errorf("%w: %s", ErrSetting, one.name)
		}
		empty := fmt.Appendf(nil, "'%s' => ''", one.name)
		if !bytes.Contains(text, empty) {
			return nil, fmt.Errorf("%s has no empty %s", defaults, one.name)
		}
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(one.value)
		text = bytes.Replace(text, empty, fmt.Appendf(nil, "'%s' => '%s'", one.name, quoted), 1)
	}
	return text, nil
}
