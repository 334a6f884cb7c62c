package webhook_test

import (
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/webhook"
)

func ExampleBody() {
	body, contentType, err := webhook.Body(&shipbell.Delivery{
		Format: shipbell.FormatTCR,
		Event: shipbell.Event{
			Action:     shipbell.DeleteImage,
			OccurAt:    1589106605,
			Repository: shipbell.Repository{FullName: "public/nginx", Type: "public"},
			Resources:  []shipbell.Resource{{Digest: "sha256:89a4", Tag: "v1", URL: "reg.example.com/public/nginx:v1"}},
			Operator:   "alice",
		},
	})
	fmt.Println(contentType, err)
	fmt.Println(string(body))
	// Output:
	// application/json <nil>
	// {"type":"deleteImage","occur_at":1589106605,"event_data":{"resources":[{"digest":"sha256:89a4","tag":"v1","resource_url":"reg.example.com/public/nginx:v1"}],"repository":{"name":"nginx","namespace":"public","repo_full_name":"public/nginx","repo_type":"public"}},"operator":"alice"}
}

func ExampleSign() {
	key, err := webhook.SigningKey(shipbell.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(webhook.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)))
	// Output: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
}
