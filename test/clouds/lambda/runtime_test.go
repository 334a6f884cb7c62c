package lambda_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/test/clouds"
)

// newFunction is a function with an environment of its own.
func newFunction(name string, timeout time.Duration, env []string) *clouds.Function {
	return &clouds.Function{Name: name, Timeout: timeout, Start: func(log io.Writer) (clouds.Process, error) {
		p, err := start(clouds.Binary(name), env, log)
		if err != nil {
			return nil, err
		}
		return p, nil
	}}
}

// process is one run of a function's bootstrap and the Runtime API that it talks
// to, which Lambda gives to every process of its own.
type process struct {
	*clouds.Command
	api     *httptest.Server
	waiting chan bool // told of every request for the next event
	events  chan invocation
	answers chan answer
}

// invocation is an event on its way to a process.
type invocation struct {
	id       string
	deadline time.Time
	event    []byte
}

// answer is what a process made of an invocation.
type answer struct {
	id   string
	body []byte
	err  error
}

// start runs a bootstrap and returns when it asks for its first event.
func start(bootstrap string, env []string, log io.Writer) (*process, error) {
	p := &process{waiting: make(chan bool), events: make(chan invocation), answers: make(chan answer, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", p.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", p.respond)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", p.fail)
	// A process hears of its end by SIGTERM only if an extension is there.
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "one")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	p.api = httptest.NewServer(mux)

	var err error
	p.Command, err = clouds.Run(bootstrap, append([]string{"AWS_LAMBDA_RUNTIME_API=" + p.api.Listener.Addr().String()}, env...), log, func() {
		p.api.CloseClientConnections()
		p.api.Close()
	})
	if err != nil {
		return nil, err
	}
	select {
	case <-p.waiting:
		return p, nil
	case <-p.Ended:
		return nil, p.Failure("init")
	case <-time.After(10 * time.Second): // as long as Lambda gives it
		p.Kill()
		return nil, fmt.Errorf("init: %w", clouds.ErrTimeout)
	}
}

// next hands out an event, for which it waits as long as the process lives.
func (p *process) next(w http.ResponseWriter, r *http.Request) {
	select {
	case p.waiting <- true:
	case <-r.Context().Done():
		return
	}
	select {
	case i := <-p.events:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", i.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:emulated")
		w.Header().Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(i.event) // a process that is gone is found out by its end
	case <-r.Context().Done():
	}
}

func (p *process) respond(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	// An error that came up while it answered follows the answer.
	if late := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); late != "" {
		err = errors.New(late)
	}
	p.take(w, answer{r.PathValue("id"), body, err})
}

func (p *process) fail(w http.ResponseWriter, r *http.Request) {
	var failure struct{ ErrorMessage, ErrorType string }
	err := json.NewDecoder(r.Body).Decode(&failure)
	p.take(w, answer{r.PathValue("id"), nil, errors.Join(err, fmt.Errorf("%s: %s", failure.ErrorType, failure.ErrorMessage))})
}

func (p *process) take(w http.ResponseWriter, a answer) {
	p.answers <- a
	w.WriteHeader(http.StatusAccepted)
}

// Invoke implements clouds.Process. It is done when the process asks for the next
// event.
func (p *process) Invoke(event []byte, ends time.Time) ([]byte, error) {
	i := invocation{id: rand.Text(), deadline: ends, event: event}
	deadline := time.NewTimer(time.Until(ends))
	defer deadline.Stop()
	select {
	case p.events <- i:
	case <-p.Ended:
		return nil, clouds.ErrEnded
	}
	select {
	case <-p.waiting:
	case <-p.Ended:
	case <-deadline.C:
		p.Kill()
		return nil, clouds.ErrTimeout
	}
	select {
	case a := <-p.answers:
		if a.id != i.id {
			return nil, fmt.Errorf("the answer is to %s, not to %s", a.id, i.id)
		}
		return a.body, a.err
	default:
		return nil, clouds.ErrEnded
	}
}

// Stop implements clouds.Process.
func (p *process) Stop() error { return p.Terminate() }
