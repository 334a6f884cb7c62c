package aws_test

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/platform"
	"github.com/shipbell/shipbell/shared/platform/aws"
)

// sent is a message as it was sent to SQS.
type sent struct {
	Id, MessageBody, MessageGroupId string
	DelaySeconds                    int
}

// recorder plays SQS: it keeps what is sent, and fails what fail says.
type recorder struct {
	mu   sync.Mutex
	all  []sent
	size []int // of each batch
	// fail says what becomes of a message that is sent for the nth time: "" it is
	// taken, "sender" and "server" whose fault it is, "silence" nothing is said.
	fail func(body string, n int) string
	seen map[string]int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var in struct {
		QueueUrl string
		Entries  []sent
	}
	if err := json.NewDecoder(request.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size = append(r.size, len(in.Entries))
	type object = map[string]any
	answer := map[string][]object{"Successful": {}, "Failed": {}}
	for _, m := range in.Entries {
		r.all = append(r.all, m)
		r.seen[m.MessageBody]++
		switch fault := r.fail(m.MessageBody, r.seen[m.MessageBody]); fault {
		case "":
			answer["Successful"] = append(answer["Successful"], object{"Id": m.Id, "MessageId": "m", "MD5OfMessageBody": fmt.Sprintf("%x", md5.Sum([]byte(m.MessageBody)))})
		case "sender", "server":
			answer["Failed"] = append(answer["Failed"], object{"Id": m.Id, "Code": "Injected", "Message": "no", "SenderFault": fault == "sender"})
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(answer)
}

func openRecorder(t *testing.T, fail func(body string, n int) string) (*recorder, platform.Queue) {
	t.Helper()
	r := &recorder{fail: fail, seen: map[string]int{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	opened, err := aws.Open(t.Context(), withEnv(platform.Needs{Queue: true},
		"AWS_ENDPOINT_URL_SQS="+server.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		"SHIPBELL_TABLE=none", "SHIPBELL_QUEUE_URL="+server.URL+"/1/q"))
	if err != nil {
		t.Fatal(err)
	}
	return r, opened.Queue
}

func taken(string, int) string { return "" }

func TestSendGroupsAndDelays(t *testing.T) {
	for _, test := range []struct {
		delay time.Duration
		want  int
	}{
		{-time.Second, 0}, {0, 0}, {1, 1}, {time.Second, 1}, {time.Second + 1, 2}, {899*time.Second + 1, 900}, {15 * time.Minute, 900}, {time.Hour, 900},
	} {
		r, q := openRecorder(t, taken)
		if err := q.Send(t.Context(), platform.Message{Group: "0a1b", Body: []byte("x"), Delay: test.delay})[0]; err != nil {
			t.Fatal(err)
		}
		if want := []sent{{Id: "0", MessageBody: "x", MessageGroupId: "0a1b", DelaySeconds: test.want}}; !cmp.Equal(r.all, want) {
			t.Errorf("delay %v: %s", test.delay, cmp.Diff(want, r.all))
		}
	}
	_, q := openRecorder(t, taken)
	if got := q.MaxDelay(); got != 15*time.Minute {
		t.Errorf("the longest delay is %v", got)
	}
}

func TestSendInBatches(t *testing.T) {
	r, q := openRecorder(t, taken)
	messages := make([]platform.Message, 25)
	for i := range messages {
		messages[i].Body = fmt.Append(nil, i)
	}
	if err := platform.First(q.Send(t.Context(), messages...)); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, size := range r.size {
		total += size
		if size > 10 {
			t.Errorf("a batch of %d", size)
		}
	}
	if total != 25 || len(r.size) != 3 || len(r.seen) != 25 {
		t.Errorf("%d messages, %d of them different, in %d batches", total, len(r.seen), len(r.size))
	}
	if r.all[0].MessageGroupId != "" {
		t.Errorf("a message without a group got %q", r.all[0].MessageGroupId)
	}
}

func TestSendFailures(t *testing.T) {
	r, q := openRecorder(t, func(body string, n int) string {
		switch body {
		case "refused":
			return "sender"
		case "late":
			if n < 3 {
				return "server"
			}
		case "never":
			return "server"
		case "lost":
			return "silence"
		}
		return ""
	})
	bodies := []string{"fine", "refused", "late", "never", "lost", "fine too", "\x01", ""}
	want := []string{"", "send: Injected: no", "", "send: Injected: no", "did not say", "", "not text", "empty"}
	messages := make([]platform.Message, len(bodies))
	for i, body := range bodies {
		messages[i].Body = []byte(body)
	}
	for i, err := range q.Send(t.Context(), messages...) {
		if (err == nil) != (want[i] == "") || err != nil && !strings.Contains(err.Error(), want[i]) {
			t.Errorf("%q: got %v, want %q", bodies[i], err, want[i])
		}
	}
	// What is taken at the third try is progress, after which six are in vain.
	if diff := cmp.Diff(map[string]int{"fine": 1, "refused": 1, "late": 3, "never": 8, "lost": 1, "fine too": 1}, r.seen); diff != "" {
		t.Errorf("times sent (-want +got):\n%s", diff)
	}
}

// TestSendInPart has SQS take one message of a batch at a time: it is not given up
// before all ten are taken.
func TestSendInPart(t *testing.T) {
	var seen atomic.Int64 // the number of the next message that is taken
	_, q := openRecorder(t, func(body string, _ int) string {
		if seen.CompareAndSwap(int64(body[0]-'0'), int64(body[0]-'0')+1) {
			return ""
		}
		return "server"
	})
	messages := make([]platform.Message, 10)
	for i := range messages {
		messages[len(messages)-1-i].Body = fmt.Append(nil, i) // one for each request
	}
	for i, err := range q.Send(t.Context(), messages...) {
		if err != nil {
			t.Errorf("message %d: %v", i, err)
		}
	}
}

func TestSendToNobody(t *testing.T) {
	opened, err := aws.Open(t.Context(), withEnv(platform.Needs{Queue: true},
		"AWS_ENDPOINT_URL_SQS=http://127.0.0.1:1", "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		"SHIPBELL_TABLE=none", "SHIPBELL_QUEUE_URL=http://127.0.0.1:1/1/q"))
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range opened.Queue.Send(t.Context(), platform.Message{Body: []byte("a")}, platform.Message{Body: []byte("b")}) {
		if err == nil {
			t.Errorf("message %d was sent to nobody", i)
		}
	}
}
