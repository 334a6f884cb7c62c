package redis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shipbell/shipbell/shared/platform/redis"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		text  string
		hosts string // "" for one that is refused
	}{
		{"redis://h:1", "h:1"}, {"rediss://u:p@h:1/2", "h:1"}, {"redis://[::1]:6379", "[::1]:6379"}, {"redis+proxy://h:1/2", "h:1"},
		{"redis+cluster://a:1,b:2", "a:1 b:2"}, {"rediss+cluster://u:p@a:1,b:2/", "a:1 b:2"}, {"redis+sentinel://:p@a:1,b:2/m/3", "a:1 b:2"},
		{"redis://a:1,b:2", ""}, {"redis+proxy://a:1,b:2", ""}, {"redis+cluster://a:1/1", ""}, {"redis+sentinel://a:1", ""},
		{"redis+sentinel://a:1/m/x", ""}, {"redis+else://a:1", ""}, {"redis+://a:1", ""}, {"redis://h", ""}, {"redis+cluster://a:1,", ""},
	} {
		a, err := redis.ParseAddress(test.text, "")
		if got := redis.Hosts(a); got != test.hosts || (err == nil) != (test.hosts != "") {
			t.Errorf("%s: got %q, %v, want %q", test.text, got, err, test.hosts)
		}
	}
}

// FuzzParseAddress never tells the address in its error, and takes none without a
// host and a port.
func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{"redis://h:1", "rediss://u:p@h:1/2", "redis://:%zz@h:1", "redis:h", "//h:1", "redis://h:1/x", "redis+cluster://a:1,b:2", "redis+sentinel://a:1/m/2"} {
		f.Add(text, "")
		f.Add(text, "apart")
	}
	f.Fuzz(func(t *testing.T, text, password string) {
		a, err := redis.ParseAddress(text, password)
		hosts := redis.Hosts(a)
		switch {
		case err == nil && (!strings.HasPrefix(text, "redis") || !strings.Contains(hosts, ":")):
			t.Errorf("%q was taken, with the hosts %q", text, hosts)
		case err != nil && hosts != "":
			t.Errorf("%q: an error and hosts", text)
		case err != nil && !slices.Contains(redis.AddressErrors(), err):
			t.Errorf("%q: %v is not a fixed text", text, err)
		}
	})
}
