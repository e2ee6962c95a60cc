package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// static are the files that pages load, under names that change with their content: they
// may be kept for ever.
type static struct {
	byName map[string]asset  // by served name
	names  map[string]string // served name by file name
}

type asset struct {
	mediaType    string
	plain, gzips []byte
}

func newStatic(files embed.FS) (*static, error) {
	s := &static{byName: map[string]asset{}, names: map[string]string{}}
	for name, mediaType := range map[string]string{
		"exposure.css": "text/css; charset=utf-8", "exposure.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		plain, err := files.ReadFile("static/" + name)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(plain); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		hash := sha256.Sum256(plain)
		ext := path.Ext(name)
		served := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(hash[:8]) + ext
		s.byName[served], s.names[name] = asset{mediaType, plain, packed.Bytes()}, served
	}
	return s, nil
}

// path is where a page finds a file.
func (s *static) path(name string) string { return pathStatic + s.names[name] }

// serve sends a file. Only these public files are ever compressed: a page holds what one
// person may see next to what anybody may have made them send.
func (s *static) serve(c echo.Context) error {
	a, ok := s.byName[c.Param("name")]
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		return c.Blob(http.StatusOK, a.mediaType, a.gzips)
	}
	return c.Blob(http.StatusOK, a.mediaType, a.plain)
}
