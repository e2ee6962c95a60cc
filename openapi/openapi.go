// Package openapi holds the description of the HTTP API, from which models and servers
// are generated, and the guide for those who program a shop against it. openapi.yaml is the
// source: routes and responses that differ from it fail the tests, and so does every
// request and answer in the guide. It holds no code of its own.
package openapi

import (
	"embed"
	"fmt"
)

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config models.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config public.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config agent.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config mypage.yaml openapi.yaml

//go:embed openapi.yaml
var document string

//go:embed mypage-guide.*.md
var guides embed.FS

// Document is the OpenAPI 3.1 description in YAML.
func Document() []byte { return []byte(document) }

// Guide is what a shop's programmer reads about the MY page API, in Markdown: "ja" or "en".
func Guide(lang string) ([]byte, error) {
	guide, err := guides.ReadFile("mypage-guide." + lang + ".md")
	if err != nil {
		return nil, fmt.Errorf("there is no guide in %q", lang)
	}
	return guide, nil
}
