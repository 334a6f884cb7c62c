package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// relay is the least that a durable webhook service does: a request comes in, its body is
// appended to a file and synced, the answer goes out, and the body is sent to one target.
// It matches nothing, keeps no result and tries nothing again. Figures of serve stand beside
// its figures, which are those of net/http and of the disk.
type relay struct {
	target  atomic.Pointer[string]
	appends chan *entry
	sends   chan []byte
	client  *http.Client
}

// entry is a body on its way to the file.
type entry struct {
	body   []byte
	synced chan error
}

// relaySenders is how many requests to the target are under way at once: as many as serve
// makes for one target with its default settings.
const relaySenders = 64

// relayBacklog bounds what waits for the target.
const relayBacklog = 1 << 20

// runRelay serves on a free port of loopback until a signal ends it. It takes the calls of
// serve that the measurements make, and says the same when it is ready.
func runRelay(dir string) error {
	file, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "admin-key"), []byte("none\n"), 0o600); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	r := &relay{
		appends: make(chan *entry, 1024), sends: make(chan []byte, relayBacklog),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: relaySenders}, Timeout: 10 * time.Second},
	}
	go r.journal(file)
	for range relaySenders {
		go r.deliver()
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		os.Exit(0)
	}()
	fmt.Println("shipbell ready on http://" + listener.Addr().String())
	return http.Serve(listener, r)
}

// ServeHTTP takes an event, or a trigger, whose first target is where all events go.
func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case strings.HasPrefix(request.URL.Path, "/v1/triggers/"):
		var trigger struct{ Targets []struct{ URL string } }
		if err := json.Unmarshal(body, &trigger); err != nil || len(trigger.Targets) != 1 {
			http.Error(w, "one target is needed", http.StatusBadRequest)
			return
		}
		r.target.Store(&trigger.Targets[0].URL)
		w.WriteHeader(http.StatusCreated)
	default:
		e := &entry{body: body, synced: make(chan error, 1)}
		r.appends <- e
		if err := <-e.synced; err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		r.sends <- body
		w.WriteHeader(http.StatusAccepted)
	}
}

// journal appends what has come in while it was busy with one sync.
func (r *relay) journal(file *os.File) {
	var lines []byte
	for first := range r.appends {
		batch := []*entry{first}
		for more := true; more; {
			select {
			case e := <-r.appends:
				batch = append(batch, e)
			default:
				more = false
			}
		}
		lines = lines[:0]
		for _, e := range batch {
			lines = append(append(lines, e.body...), '\n')
		}
		_, err := file.Write(lines)
		err = errors.Join(err, file.Sync())
		for _, e := range batch {
			e.synced <- err
		}
	}
}

// deliver sends bodies to the target. The sink counts what comes, so an error shows there.
func (r *relay) deliver() {
	for body := range r.sends {
		response, err := r.client.Post(*r.target.Load(), "application/json", bytes.NewReader(body))
		if err != nil {
			fmt.Fprintln(os.Stderr, "relay:", err)
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
		_ = response.Body.Close()
	}
}
