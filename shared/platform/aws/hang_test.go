package aws_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// openAt opens the platform with DynamoDB and SQS at one address.
func openAt(t *testing.T, url string) platform.Opened {
	t.Helper()
	opened, err := aws.Open(t.Context(), withEnv(platform.Needs{Queue: true},
		"AWS_ENDPOINT_URL_DYNAMODB="+url, "AWS_ENDPOINT_URL_SQS="+url, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		"SHIPBELL_TABLE=t", "SHIPBELL_QUEUE_URL="+url+"/1/q"))
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// answerTo plays both services for one call of each kind.
func answerTo(r *http.Request) string {
	_, _ = io.Copy(io.Discard, r.Body) // only then a server sees that its client has gone
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return map[string]string{
		"BatchGetItem":     `{"Responses":{"t":[{"pk":{"S":"p"},"sk":{"S":"s"},"n":{"N":"7"}}]}}`,
		"PutItem":          `{}`,
		"Query":            `{"Items":[]}`,
		"SendMessageBatch": `{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"9dd4e461268c8034f5c8564e155c67a6"}],"Failed":[]}`,
	}[operation]
}

// calls are one of each kind.
func calls(opened platform.Opened) map[string]func(context.Context) error {
	key := platform.Key{Partition: "p", Sort: "s"}
	return map[string]func(context.Context) error{
		"get": func(ctx context.Context) error { _, err := opened.KV.Get(ctx, key); return err },
		"range": func(ctx context.Context) error {
			_, err := opened.KV.Range(ctx, platform.Range{Partition: "p", Limit: 1})
			return err
		},
		"write": func(ctx context.Context) error {
			return opened.KV.Write(ctx, platform.Write{Item: platform.Item{Key: key}, If: platform.Absent})[0]
		},
		"send": func(ctx context.Context) error {
			return opened.Queue.Send(ctx, platform.Message{Body: []byte("x")})[0]
		},
	}
}

// TestHungConnection takes the first request of each call and never answers it. That
// costs about a second, not the time of the whole invocation.
func TestHungConnection(t *testing.T) {
	t.Parallel()
	for name := range calls(platform.Opened{}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := answerTo(r)
				if requests.Add(1) == 1 {
					<-r.Context().Done()
					return
				}
				w.Header().Set("Content-Type", "application/x-amz-json-1.0")
				_, _ = w.Write([]byte(answer))
			}))
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			began := time.Now()
			if err := calls(openAt(t, server.URL))[name](ctx); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took < platform.TryTime || took > 5*platform.TryTime {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestSlowAnswer gets an answer that takes longer than TryTime, but goes on all the time,
// and one that stops in the middle.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	const parts = 12
	for name, hangs := range map[string]bool{"goes on": false, "stops in the middle": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				first := requests.Add(1) == 1
				answer := answerTo(r)
				for i := range parts {
					_, _ = w.Write([]byte(answer[i*len(answer)/parts : (i+1)*len(answer)/parts]))
					_ = http.NewResponseController(w).Flush()
					pause := platform.TryTime / 10
					if hangs && first && i == 1 {
						pause = time.Minute
					}
					if hangs && !first {
						continue
					}
					select {
					case <-time.After(pause):
					case <-r.Context().Done():
						return
					}
				}
			}))
			defer server.Close()
			if err := calls(openAt(t, server.URL))["get"](t.Context()); err != nil {
				t.Error(err)
			}
			if want := map[bool]int64{false: 1, true: 2}[hangs]; requests.Load() != want {
				t.Errorf("%d requests, want %d", requests.Load(), want)
			}
		})
	}
}

// TestRetriesFitInTheTimeLeft asks a server that is overloaded: the call ends with the
// server's word, before the caller's time is up.
func TestRetriesFitInTheTimeLeft(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"__type":"ThrottlingException"}`, http.StatusBadRequest)
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := calls(openAt(t, server.URL))["get"](ctx)
	if err == nil || !strings.Contains(err.Error(), "ThrottlingException") || ctx.Err() != nil {
		t.Errorf("%v, with the context %v", err, ctx.Err())
	}
}

// TestSlowServiceIsNotGivenUp asks a service of which every answer takes longer than
// TryTime: it gets the time that it needs.
func TestSlowServiceIsNotGivenUp(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answerTo(r)
		requests.Add(1)
		select {
		case <-time.After(3 * platform.TryTime / 2):
			_, _ = w.Write([]byte(answer))
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	get := calls(openAt(t, server.URL))["get"]
	for call, want := range []int64{2, 3} { // the first one is tried twice
		if err := get(t.Context()); err != nil {
			t.Error(err)
		}
		if requests.Load() != want {
			t.Errorf("after %d calls there were %d requests, want %d", call+1, requests.Load(), want)
		}
	}
}
