// Package static is what pages load: the style sheet that the look-up and the desk have in
// common, the look-up's script, the icon, and how such files are served.
//
// It guarantees that a file's address changes with its content, so that it may be kept for
// ever, and that nothing but these public files is ever compressed: a page holds what one
// person may see next to what anybody may have made them send. It refuses to know any page.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// The files, by name.
const (
	Style  = "exposure.css"
	Script = "exposure.js"
	Icon   = "icon.svg"
)

//go:embed exposure.css
var style []byte

//go:embed exposure.js
var script []byte

//go:embed icon.svg
var icon []byte

// Files are some files under one path. They are safe for concurrent use.
type Files struct {
	at     string            // path before the names
	byName map[string]asset  // by served name
	names  map[string]string // served name by file name
}

type asset struct {
	mediaType    string
	plain, gzips []byte
}

// Common are the content of the files of this package.
func Common(names ...string) map[string][]byte {
	all := map[string][]byte{Style: style, Script: script, Icon: icon}
	picked := map[string][]byte{}
	for _, name := range names {
		picked[name] = all[name]
	}
	return picked
}

// New lays out files, by name, under a path that ends with a slash.
func New(at string, files map[string][]byte) (*Files, error) {
	f := &Files{at: at, byName: map[string]asset{}, names: map[string]string{}}
	mediaTypes := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for name, plain := range files {
		ext := path.Ext(name)
		mediaType := mediaTypes[ext]
		if mediaType == "" || len(plain) == 0 {
			return nil, fmt.Errorf("static: %s is no file to serve", name)
		}
		packed, err := pack(plain)
		if err != nil {
			return nil, fmt.Errorf("static: packing %s: %w", name, err)
		}
		hash := sha256.Sum256(plain)
		served := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(hash[:8]) + ext
		f.byName[served], f.names[name] = asset{mediaType, plain, packed}, served
	}
	return f, nil
}

func pack(plain []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	err = z.Close()
	return packed.Bytes(), err
}

// Path is where a page finds a file.
func (f *Files) Path(name string) string { return f.at + f.names[name] }

// Serve sends the file of this served name; false: there is none, and nothing was sent.
func (f *Files) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	a, ok := f.byName[name]
	if !ok {
		return false
	}
	h, content := w.Header(), a.plain
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Content-Type", a.mediaType)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		content = a.gzips
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(content) // fails only when the client is gone
	return true
}
