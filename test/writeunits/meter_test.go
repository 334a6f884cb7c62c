// Package writeunits_test counts what an event costs on AWS: the write units of
// DynamoDB and the messages of SQS, over emulators.
package writeunits_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// meter stands before DynamoDB and counts units as AWS does. A write takes one for each
// KiB begun of the item, of the larger one before and after, and one for each entry of an
// index that is made, changed or removed. A read takes one for each 4 KiB begun of an item
// that is read alone, or of all that a query reads, and half of that in the index.
type meter struct {
	mu sync.Mutex
	counted
	sizes map[string]int // of items, by key
	due   map[string]string
}

// counted is what a meter counts.
type counted struct {
	writes int
	reads  float64
	by     map[string]int // requests by operation
}

// attribute is a value as DynamoDB's protocol has it.
type attribute struct {
	S *string
	N *string
	B *string
}

type request struct {
	Item, Key                 map[string]attribute
	ExpressionAttributeValues map[string]attribute
	UpdateExpression          string
	IndexName                 string
	RequestItems              map[string]struct{ Keys []map[string]attribute }
}

type response struct {
	Items     []map[string]attribute
	Responses map[string][]map[string]attribute
}

func startMeter(t *testing.T, dynamodb string) (*meter, string) {
	t.Helper()
	to, err := url.Parse(dynamodb)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{counted: counted{by: map[string]int{}}, sizes: map[string]int{}, due: map[string]string{}}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = m
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return m, server.URL
}

// RoundTrip implements http.RoundTripper.
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	var in request
	var out response
	if err := errors.Join(json.Unmarshal(body, &in), json.Unmarshal(answer, &out)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.by[operation]++
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		m.count(operation, in, resp.StatusCode == http.StatusOK)
	case "Query":
		m.query(in, out)
	case "BatchGetItem":
		m.get(in, out)
	default:
		m.writes += 1000 // nothing else is expected: a transaction costs double
	}
	return resp, nil
}

// query counts what a query reads, which is at least one unit.
func (m *meter) query(in request, out response) {
	bytes := 0
	for _, item := range out.Items {
		bytes += sizeOf(item)
	}
	units := float64(max(1, (bytes+4095)/4096))
	if in.IndexName != "" {
		units /= 2 // an index is read as it was a moment ago
	}
	m.reads += units
}

// get counts items that are read by key; one that is absent is a unit.
func (m *meter) get(in request, out response) {
	for table, asked := range in.RequestItems {
		m.reads += float64(len(asked.Keys) - len(out.Responses[table]))
		for _, item := range out.Responses[table] {
			m.reads += float64(max(1, (sizeOf(item)+4095)/4096))
		}
	}
}

func sizeOf(item map[string]attribute) (size int) {
	for name, value := range item {
		size += len(name) + value.size()
	}
	return size
}

func (m *meter) count(operation string, in request, done bool) {
	item := in.Item
	if operation == "UpdateItem" {
		item = map[string]attribute{"n": {N: new(string)}}
		for name, value := range in.Key {
			item[name] = value
		}
		for name, value := range in.ExpressionAttributeValues {
			if name = name[1:]; strings.Contains(in.UpdateExpression, name+" = ") {
				item[name] = value
			}
		}
	}
	place := item
	if operation != "PutItem" {
		place = in.Key
	}
	key := *place["pk"].S + "\x00" + *place["sk"].S
	size, due := sizeOf(item), ""
	if d, indexed := item["d"]; indexed {
		due = *d.N
	}
	m.writes += max(1, (max(size, m.sizes[key])+1023)/1024)
	if !done { // a refused write costs as much
		return
	}
	if was := m.due[key]; was != due {
		if was != "" {
			m.writes++
		}
		if due != "" {
			m.writes++
		}
	}
	m.sizes[key], m.due[key] = size, due
}

func (a attribute) size() int {
	switch {
	case a.S != nil:
		return len(*a.S)
	case a.N != nil:
		return len(*a.N)/2 + 1
	case a.B != nil:
		return base64.StdEncoding.DecodedLen(len(*a.B))
	}
	return 0
}

// take answers what was counted since the last call.
func (m *meter) take() counted {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.counted
	m.counted = counted{by: map[string]int{}}
	return was
}

// nextDue is the earliest due time of all items.
func (m *meter) nextDue() (next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, due := range m.due {
		if at, err := strconv.ParseInt(due, 10, 64); err == nil && (next.IsZero() || time.UnixMilli(at).Before(next)) {
			next = time.UnixMilli(at)
		}
	}
	return next
}
