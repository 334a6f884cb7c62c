// Package writeunits_test counts what an event costs on AWS: the write units of
// DynamoDB and the messages of SQS, over emulators.
package writeunits_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// meter stands before DynamoDB and counts write units as AWS does: one for each
// KiB begun of the item, of the larger one before and after, and one for each
// entry of an index that is made, changed or removed.
type meter struct {
	mu    sync.Mutex
	units int
	by    map[string]int // requests by operation
	sizes map[string]int // of items, by key
	due   map[string]string
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
}

func startMeter(t *testing.T, dynamodb string) (*meter, string) {
	t.Helper()
	to, err := url.Parse(dynamodb)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{by: map[string]int{}, sizes: map[string]int{}, due: map[string]string{}}
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
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.by[operation]++
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		m.count(operation, in, resp.StatusCode == http.StatusOK)
	case "Query", "BatchGetItem":
	default:
		m.units += 1000 // nothing else is expected: a transaction costs double
	}
	return resp, nil
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
	size, due := 0, ""
	for name, value := range item {
		size += len(name) + value.size()
	}
	if d, indexed := item["d"]; indexed {
		due = *d.N
	}
	m.units += max(1, (max(size, m.sizes[key])+1023)/1024)
	if !done { // a refused write costs as much
		return
	}
	if was := m.due[key]; was != due {
		if was != "" {
			m.units++
		}
		if due != "" {
			m.units++
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
func (m *meter) take() (units int, requests map[string]int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	units, requests = m.units, m.by
	m.units, m.by = 0, map[string]int{}
	return units, requests
}
