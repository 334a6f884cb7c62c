package clouds

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/test/measured"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/story"
)

// Stack is all that a cloud deploys.
type Stack struct {
	*server.Server // speaks to the cloud's front with an admin key, after Connect
	Functions      map[string]*Function
	// Work hands messages to the function deliver until the context ends.
	Work func(context.Context)
	// Timer is the event that a timer hands to the function sweep.
	Timer any
	// AdminSecret is what an admin key is made for, where the cloud needs one.
	AdminSecret string
	// Secrets are texts that no log may hold.
	Secrets []string

	t     testing.TB
	front http.Handler
}

// NewStack makes a stack without functions.
func NewStack(t testing.TB) *Stack { return &Stack{t: t, Functions: map[string]*Function{}} }

// Add adds a function, whose processes end with the test.
func (s *Stack) Add(f *Function) {
	s.Functions[f.Name] = f
	s.t.Cleanup(func() {
		f.Stop(s.t)
		for _, secret := range s.Secrets {
			if strings.Contains(f.Log.String(), secret) {
				s.t.Errorf("the log of %s holds the secret %q", f.Name, secret)
			}
		}
	})
}

// Listen serves a front and returns its address.
func (s *Stack) Listen(front http.Handler) string {
	listening := httptest.NewServer(front)
	s.t.Cleanup(listening.Close)
	return strings.TrimPrefix(listening.URL, "http://")
}

// Connect makes an admin key, as the owner of the account does, and the registry
// default by way of the front.
func (s *Stack) Connect(front http.Handler) {
	s.t.Helper()
	text, err := s.Functions["triggers"].Invoke(map[string]string{"shipbell": "create-admin-key", "secret": s.AdminSecret})
	var answer struct{ Key string }
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	s.front = front
	_, secret, ok := strings.Cut(answer.Key, ":")
	if err != nil || !ok {
		s.t.Fatalf("create an admin key: %s, %v", text, err)
	}
	s.Secrets = append(s.Secrets, secret)
	s.Server = server.Connect(s.t, s.Listen(front), answer.Key)
	if _, _, err := s.API.PutRegistry(s.t.Context(), "default", apiv1.RegistrySettings{Host: story.Host}); err != nil {
		s.t.Fatal(err)
	}
}

// Deliver hands messages to the function deliver until the test ends.
func (s *Stack) Deliver() { Background(s.t, s.Work) }

// Sweep calls the function sweep each second until the test ends. Most calls find
// nothing to do.
func (s *Stack) Sweep() {
	Background(s.t, func(ctx context.Context) {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if _, err := s.Functions["sweep"].Invoke(s.Timer); err != nil {
					s.t.Errorf("sweep: %v", err)
				}
			}
		}
	})
}

// Measured reads what the functions have measured from their logs.
func (s *Stack) Measured() (measured.Values, error) {
	var log strings.Builder
	for _, f := range s.Functions {
		log.WriteString(f.Log.String())
	}
	return measured.ReadLines(log.String())
}

// started is how many processes there were.
func (s *Stack) started() (n int) {
	for _, f := range s.Functions {
		n += f.Started()
	}
	return n
}
