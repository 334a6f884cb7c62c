package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// setup is how to start a server.
type setup struct {
	// name is what the figures are called, and binary a shipbell or, of the relay, this
	// program.
	name, binary, data string
	relay              bool
	flags              []string
	// redis has the store and the queue be in a redis-server of its own.
	redis bool
}

// server is a shipbell serve in a process of its own, with fresh data.
type server struct {
	url, key string
	command  *exec.Cmd
	redis    *exec.Cmd // nil without one
	dir      string
	stop     context.CancelFunc
	peak     chan int64
}

// build makes the binary as it is shipped.
func build() (path string, clean func(), err error) {
	dir, err := os.MkdirTemp("", "shipbell-bench")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "shipbell")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/shipbell")
	command.Stderr = os.Stderr
	return path, func() { os.RemoveAll(dir) }, command.Run()
}

func (s setup) start() (srv *server, err error) {
	dir, err := os.MkdirTemp(s.data, "bench-data-")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var redis *exec.Cmd
	if s.redis {
		var url string
		if redis, url, err = startRedis(dir); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				endProcess(redis)
			}
		}()
		s.flags = append(slices.Clone(s.flags), "--store", url)
	}
	arguments := append([]string{
		"serve", "--listen", "127.0.0.1:0", "--data", dir, "--allow-targets", "127.0.0.1/32", "--registry-host", "reg.example.com",
	}, s.flags...)
	if s.relay {
		arguments = []string{"-relay", dir}
	}
	command := exec.Command(s.binary, arguments...)
	command.Stderr = log
	command.Env = append(os.Environ(), "SHIPBELL_SEAL_KEY="+base64.StdEncoding.EncodeToString(make([]byte, 32)))
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("server did not start: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "admin-key"))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	srv = &server{
		url: strings.TrimSpace(strings.TrimPrefix(line, "shipbell ready on ")), key: strings.TrimSpace(string(key)),
		command: command, redis: redis, dir: dir, stop: stop, peak: make(chan int64, 1),
	}
	go srv.watch(ctx)
	return srv, nil
}

// watch takes the peak of the memory that is the process's own.
func (s *server) watch(ctx context.Context) {
	var peak int64
	for ctx.Err() == nil {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
		if err != nil {
			break
		}
		for line := range strings.Lines(string(status)) {
			if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "RssAnon:" {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				peak = max(peak, kib<<10)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	s.peak <- peak
}

// end stops the server and returns what it used: processor time of user and
// system together, and the peak of its memory.
func (s *server) end() (cpu time.Duration, rss int64, err error) {
	s.stop()
	rss = <-s.peak
	err = s.command.Process.Signal(syscall.SIGTERM)
	err = errors.Join(err, s.command.Wait())
	endProcess(s.redis)
	err = errors.Join(err, os.RemoveAll(s.dir))
	state := s.command.ProcessState
	return state.UserTime() + state.SystemTime(), rss, err
}

// kill ends a server whose run failed; after end it does nothing.
func (s *server) kill() {
	if s.command.ProcessState == nil {
		s.stop()
		_ = s.command.Process.Kill() // it may be gone already
		_ = s.command.Wait()
		endProcess(s.redis)
		_ = os.RemoveAll(s.dir)
	}
}

// trigger makes a trigger of a registry for the namespace that is its name without digits
// at the end.
func (s *server) trigger(registry, name string, targets ...string) error {
	var list []map[string]string
	for _, url := range targets {
		list = append(list, map[string]string{"url": url})
	}
	return s.call(http.MethodPost, "/v1/triggers/"+registry, http.StatusCreated, map[string]any{
		"name": name, "actions": []string{"pushImage"}, "rule": map[string]string{"namespace": strings.TrimRight(name, "0123456789")}, "targets": list,
	})
}

// registry makes a registry, or does nothing if it is there.
func (s *server) registry(name string) error {
	if name == "default" {
		return nil
	}
	return s.call(http.MethodPut, "/v1/registries/"+name, http.StatusCreated, map[string]any{"host": "reg.example.com"})
}

// call makes a request of the API and checks the status of its answer.
func (s *server) call(method, path string, want int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != want {
		answer, err := io.ReadAll(response.Body)
		return errors.Join(fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer), err)
	}
	return nil
}
