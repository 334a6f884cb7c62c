package source_test

import (
	"fmt"
	"net/http"

	"github.com/shipbell/shipbell/shared/source"
)

func ExampleDecode() {
	decoded, err := source.Decode(source.Request{
		Header: http.Header{"Content-Type": {"application/vnd.docker.distribution.events.v1+json"}},
		Body: []byte(`{"events": [
			{"id": "1", "action": "push", "target": {"mediaType": "application/octet-stream", "repository": "public/nginx"}},
			{"id": "2", "action": "push", "target": {"mediaType": "application/vnd.oci.image.manifest.v1+json",
				"repository": "public/nginx", "tag": "v1.10.0", "digest": "sha256:89a4"}}
		]}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range decoded.Events {
		fmt.Println(decoded.Source, f.Verb, f.Repository, f.Resources[0].Tag)
	}
	for _, i := range decoded.Ignored {
		fmt.Println("ignored:", i.Reason)
	}
	// Output:
	// distribution push public/nginx v1.10.0
	// ignored: a blob, not a manifest
}
