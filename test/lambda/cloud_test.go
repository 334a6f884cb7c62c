package lambda_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/shipbell/shipbell/test/emulators"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/story"
)

// patience bounds every wait; none should come near it.
const patience = 30 * time.Second

// cloud is a stack of template.yaml on emulators, with the registry default in it.
type cloud struct {
	*server.Server // speaks to the front with the admin key
	t              testing.TB
	functions      map[string]*function
	dynamodb, sqs  *wire
	emulators      *emulators.Emulators
	mapping        *mapping
}

// options is how a stack differs from the template's.
type options struct {
	visibility string            // of messages, in seconds
	variables  map[string]string // beside those that newCloud sets
}

// newCloud starts a stack. Nothing takes messages from the queue, and no timer
// runs, until the test says so.
func newCloud(t testing.TB, o options) *cloud {
	t.Helper()
	e := emulators.Start(t)
	if o.visibility == "" {
		o.visibility = "180"
	}
	c := &cloud{t: t, emulators: e, functions: map[string]*function{}, dynamodb: newWire(t, e.DynamoDB), sqs: newWire(t, e.SQS)}
	queue := e.NewQueue(t, o.visibility)
	values := map[string]string{
		"SHIPBELL_TABLE": e.NewTable(t), "SHIPBELL_QUEUE_URL": queue,
		"SHIPBELL_SEAL_KEY":             "kms:arn:aws:kms:us-east-1:111122223333:key/one",
		"SHIPBELL_EVENTBRIDGE_REGISTRY": "default", "SHIPBELL_ALLOW_TARGETS": "127.0.0.1/32",
	}
	for name, value := range o.variables {
		values[name] = value
	}
	platform := []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + c.dynamodb.server.URL, "AWS_ENDPOINT_URL_SQS=" + c.sqs.server.URL, "AWS_ENDPOINT_URL_KMS=" + vault(t),
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=emulated", "AWS_SECRET_ACCESS_KEY=emulated",
	}
	f := &front{}
	resources, global := readTemplate(t)
	for _, r := range resources {
		one := &function{name: r.name(), timeout: r.timeout(), log: &log{}, env: slices.Clone(platform)}
		one.bootstrap = bootstrap(r.name())
		for name := range r.Environment.Variables {
			one.env = append(one.env, name+"="+values[name])
		}
		for _, name := range global {
			one.env = append(one.env, name+"="+values[name])
		}
		for _, event := range r.Events {
			if event.Type == "HttpApi" {
				f.routes = append(f.routes, route{event.Properties.Path, one})
			}
		}
		c.functions[one.name] = one
		t.Cleanup(func() { one.stop(t) })
	}
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	c.mapping = &mapping{client: e.SQSClient(), url: queue, to: c.functions["deliver"]}
	c.Server = server.Connect(t, strings.TrimPrefix(api.URL, "http://"), c.adminKey())
	c.Call(http.StatusCreated, http.MethodPut, "/v1/registries/default", map[string]any{"host": story.Host, "public": false}, nil)
	return c
}

// adminKey asks for the first key as the owner of the account does.
func (c *cloud) adminKey() string {
	c.t.Helper()
	text, err := c.functions["triggers"].invoke(map[string]string{"shipbell": "create-admin-key"})
	var said struct{ Key string }
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil || said.Key == "" {
		c.t.Fatalf("create an admin key: %s, %v", text, err)
	}
	return said.Key
}

// deliver hands messages to the function deliver until the test ends.
func (c *cloud) deliver() { c.work(c.mapping.run) }

// sweep calls the function sweep every so often until the test ends. Most calls
// find nothing to do.
func (c *cloud) sweep(every time.Duration) {
	c.work(func(ctx context.Context) {
		for tick := time.NewTicker(every); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
			event := map[string]any{"source": "aws.events", "detail-type": "Scheduled Event", "time": time.Now().UTC().Format(time.RFC3339)}
			if _, err := c.functions["sweep"].invoke(event); err != nil {
				c.t.Errorf("sweep: %v", err)
			}
		}
	})
}

// queued is how many messages are in the queue, in sight or not.
func (c *cloud) queued() (n int) {
	c.t.Helper()
	names := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	got, err := c.mapping.client.GetQueueAttributes(c.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &c.mapping.url, AttributeNames: names})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, name := range names {
		count, err := strconv.Atoi(got.Attributes[string(name)])
		if err != nil {
			c.t.Fatalf("%s: %v", name, err)
		}
		n += count
	}
	return n
}

func (c *cloud) work(do func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { do(ctx) })
	c.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// pushed is the event of a push to public/app, as Tencent Container Registry sends
// it. Another tag makes another event.
func pushed(tag string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"pushImage","occur_at":1589106605,"operator":"332133xxxx","event_data":{
		"resources":[{"digest":"sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9","tag":%q,"resource_url":"xxx-bj.tencentcloudcr.com/public/app:%s"}],
		"repository":{"date_created":1587119137,"name":"app","namespace":"public","repo_full_name":"public/app","repo_type":"public"}}}`, tag, tag))
}

// pushes is a trigger for pushes to the namespace public.
func pushes(urls ...string) server.Trigger {
	t := server.Trigger{Name: "pushes", Actions: []string{"pushImage"}, Rule: server.Rule{Namespace: "public"}}
	for _, url := range urls {
		t.Targets = append(t.Targets, server.Target{URL: url})
	}
	return t
}
