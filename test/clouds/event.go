package clouds

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Pushed is the event of a push to public/app, as Tencent Container Registry sends
// it. Another tag makes another event.
func Pushed(tag string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"pushImage","occur_at":1589106605,"operator":"332133xxxx","event_data":{
		"resources":[{"digest":"sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9","tag":%q,"resource_url":"xxx-bj.tencentcloudcr.com/public/app:%s"}],
		"repository":{"date_created":1587119137,"name":"app","namespace":"public","repo_full_name":"public/app","repo_type":"public"}}}`, tag, tag))
}

// Notified is the event of a push to public/app, as a CNCF distribution registry sends
// it. Another n makes another event, with another digest and tag.
func Notified(n int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"events":[{"id":"4f7a1c1e-4f4c-4e6b-9a5e-%012d","timestamp":%q,"action":"push","actor":{"name":"alice"},"target":{
		"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064d","repository":"public/app","tag":"v%d"}}]}`, n, time.Now().Format(time.RFC3339Nano), n, n))
}

// Pushes is a trigger for pushes to the namespace public.
func Pushes(urls ...string) apiv1.TriggerSettings {
	t := apiv1.TriggerSettings{Name: "pushes", Actions: []shipbell.Action{"pushImage"}, Rule: shipbell.Rule{Namespace: "public"}}
	for _, url := range urls {
		t.Targets = append(t.Targets, apiv1.Target{URL: url})
	}
	return t
}
