package format_test

import (
	"fmt"

	"github.com/shipbell/shipbell/shared/format"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func ExampleRender() {
	content, err := format.Render(&shipbell.Delivery{
		Format: shipbell.FormatTCR,
		Event: shipbell.Event{
			Action:     shipbell.DeleteImage,
			OccurAt:    1589106605,
			Repository: shipbell.Repository{FullName: "public/nginx", Type: "public"},
			Resources:  []shipbell.Resource{{Digest: "sha256:89a4", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}},
			Operator:   "alice",
		},
	}, shipbell.Target{})
	fmt.Println(content.Header.Get("Content-Type"), err)
	fmt.Println(string(content.Body))
	// Output:
	// application/json <nil>
	// {"type":"deleteImage","occur_at":1589106605,"event_data":{"resources":[{"digest":"sha256:89a4","tag":"v1","resource_url":"reg.example.com/public/nginx:v1"}],"repository":{"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"public"}},"operator":"alice"}
}
