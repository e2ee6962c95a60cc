// Package openapi holds the description of the HTTP API, from which models and servers
// are generated. openapi.yaml is the source: routes and responses that differ from it
// fail the tests. It holds no code of its own.
package openapi

import _ "embed"

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config models.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config public.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config mypage.yaml openapi.yaml

//go:embed openapi.yaml
var document string

// Document is the OpenAPI 3.1 description in YAML.
func Document() []byte { return []byte(document) }
