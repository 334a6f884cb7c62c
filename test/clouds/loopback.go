package clouds

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/test/sink"
)

// Everything is the setting SHIPBELL_ALLOW_TARGETS that allows every address.
const Everything = "0.0.0.0/0,::/0"

// Loopback proves that no delivery and no test of a trigger reaches loopback, where a
// target could take a function's events from its runtime, although the stack allows
// Everything.
func Loopback(t *testing.T, s *Stack) {
	var reached atomic.Int64
	listener, err := net.Listen("tcp", ":0") // in IPv4 and IPv6
	if err != nil {
		t.Fatal(err)
	}
	runtime := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })}}
	runtime.Start()
	t.Cleanup(runtime.Close)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	to := sink.Start(t)
	urls := []string{to.URL() + "/2018-06-01/runtime/invocation/next"}
	for _, host := range []string{"127.0.0.1", "127.1.2.3", "localhost", "::1", "::ffff:127.0.0.1"} {
		urls = append(urls, "http://"+net.JoinHostPort(host, port)+"/2018-06-01/runtime/invocation/next")
	}
	check := func(what, url string, attempts ...apiv1.Attempt) {
		t.Helper()
		if len(attempts) != 1 {
			t.Fatalf("%s: %s: attempts %+v, want 1", what, url, attempts)
		}
		if a := attempts[0]; strings.HasPrefix(url, to.URL()) {
			if a.StatusCode != http.StatusOK {
				t.Errorf("%s: %s, which is not on loopback: %+v, want status 200", what, url, a)
			}
		} else if want := "blocked address: loopback addresses are never reached from this platform"; a.Error != want || a.StatusCode != 0 {
			t.Errorf("%s: %s: status %d, error %q, want %q", what, url, a.StatusCode, a.Error, want)
		}
	}
	s.Deliver()
	trigger := s.CreateTrigger(Pushes(urls...))
	tested, err := s.API.TestTrigger(t.Context(), "default", trigger.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(tested.Attempts) != len(urls) {
		t.Errorf("the test of the trigger has the attempts %+v, want %d", tested.Attempts, len(urls))
	}
	for _, one := range tested.Attempts {
		check("test", one.TargetURL, one.Attempt)
	}
	s.Accept(Pushed("v1"))
	for _, d := range s.WaitEnded(len(urls), Patience) {
		check("delivery", d.TargetURL, d.Attempts...)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests reached loopback", n)
	}
}
