package scf_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/fleet"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/server"
	"github.com/shipbell/shipbell/test/story"
	"github.com/shipbell/shipbell/test/tencentapi"
)

const (
	region      = "ap-guangzhou"
	deliverName = "shipbell-deliver"
)

// cloud is a stack of functions on SCF, with the registry default in it.
type cloud struct {
	*server.Server // speaks to the front with the admin key
	t              testing.TB
	functions      map[string]*fleet.Function
	front          *front
	redis          *redis.Server
	wire           *redis.Proxy // between the functions and Redis
	api            *tencentapi.API
	invoker        *invoker

	mu       sync.Mutex
	role     tencentapi.Credentials // of the functions' role, as they are now
	standard map[string]string      // the variables as they should be
	values   map[string]string      // and as they are
}

// options is how a stack differs from the one that is deployed.
type options struct {
	// retries is how often an asynchronous event that failed comes again.
	retries int
	// gateway has requests come by an API gateway.
	gateway   bool
	variables map[string]string // beside those that newCloud sets
}

// newCloud starts a stack. Nothing that is invoked asynchronously runs, and no timer,
// until the test says so.
func newCloud(t testing.TB, o options) *cloud {
	t.Helper()
	c := startCloud(t, o)
	c.Server = server.Connect(t, c.address(), c.adminKey())
	c.Call(http.StatusCreated, http.MethodPut, "/v1/registries/default", map[string]any{"host": story.Host, "public": false}, nil)
	return c
}

// startCloud is newCloud without the registry and without a way to speak to it.
func startCloud(t testing.TB, o options) *cloud {
	t.Helper()
	c := &cloud{t: t, functions: map[string]*fleet.Function{}, redis: redis.Start(t, "--requirepass", "redis-secret")}
	c.wire = c.redis.Proxy()
	c.role = tencentapi.Credentials{ID: "role-id-1", Key: "role-key-1", Token: "role-token-1"}
	c.api = tencentapi.Start(t, c.role, func(call tencentapi.Call) error { return c.invoker.take(call) })
	c.standard = map[string]string{
		"SHIPBELL_REDIS_URL": c.wire.URL(), "SHIPBELL_REDIS_PASSWORD": "redis-secret",
		"SHIPBELL_DELIVER_FUNCTION": deliverName, "SHIPBELL_SCF_ENDPOINT": c.api.URL,
		"SHIPBELL_SEAL_KEY":             "env:" + access.NewSealKey(),
		"SHIPBELL_EVENTBRIDGE_REGISTRY": "default", "SHIPBELL_ALLOW_TARGETS": "127.0.0.1/32",
	}
	c.values = maps.Clone(c.standard)
	maps.Copy(c.values, o.variables)
	doors, err := filepath.Glob(filepath.Join("..", "..", "functions", "*", "scf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, door := range doors {
		name := filepath.Base(filepath.Dir(door))
		f := newFunction(about{name: name, timeout: timeoutOf(name), environment: func() string { return c.environment(setup.Function(name)) }})
		c.functions[name] = f
		t.Cleanup(func() {
			f.Stop(t)
			c.keepsSecrets(f)
		})
	}
	c.front = &front{routes: c.routes(), gateway: o.gateway}
	c.invoker = newInvoker(c.functions["deliver"], o.retries)
	return c
}

// timeoutOf is how long an invocation may take: deliver outlives its longest attempt.
func timeoutOf(name string) time.Duration {
	if name == "deliver" {
		return 60 * time.Second
	}
	return 30 * time.Second
}

// environment is the variables that SCF gives a function at an invocation: those that
// it reads, and the credentials of its role as they are then.
func (c *cloud) environment(f setup.Function) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{
		"TENCENTCLOUD_RUNENV": "SCF", "TENCENTCLOUD_REGION": region, "SCF_RUNTIME": "Go1", "TENCENTCLOUD_SECRETID": c.role.ID,
		"TENCENTCLOUD_SECRETKEY": c.role.Key, "TENCENTCLOUD_SESSIONTOKEN": c.role.Token,
	}
	names := setup.Variables(f)
	for _, one := range tencent.Variables(f.Needs()) {
		names = append(names, one.Name)
	}
	for _, name := range names {
		if value, set := c.values[name]; set {
			all[name] = value
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		c.t.Errorf("encode the environment: %v", err)
	}
	return string(text)
}

// repair sets a variable as it should be.
func (c *cloud) repair(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[name] = c.standard[name]
}

// rotate gives the functions' role new credentials. Those before are void.
func (c *cloud) rotate(to tencentapi.Credentials) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.role = to
	c.api.Accept(to)
}

// routes are the path mappings of the custom domain.
func (c *cloud) routes() (all []route) {
	for _, one := range []struct{ path, function string }{
		{"/v1/events", "receive"}, {"/v1/deliveries", "logs"}, {"/v1", "triggers"}, {"/healthz", "triggers"}, {"/console", "console"}, {"/", "tcrapi"},
	} {
		if f := c.functions[one.function]; f != nil {
			all = append(all, route{one.path, f})
		}
	}
	return all
}

// address is where the front listens.
func (c *cloud) address() string {
	listening := httptest.NewServer(c.front)
	c.t.Cleanup(listening.Close)
	return strings.TrimPrefix(listening.URL, "http://")
}

// adminKey asks for the first key as the owner of the account does.
func (c *cloud) adminKey() string {
	c.t.Helper()
	text, err := c.functions["triggers"].Invoke(map[string]string{"shipbell": "create-admin-key"})
	var said struct{ Key string }
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil || said.Key == "" {
		c.t.Fatalf("create an admin key: %s, %v", text, err)
	}
	return said.Key
}

// keepsSecrets looks for secrets in the log of a function.
func (c *cloud) keepsSecrets(f *fleet.Function) {
	c.t.Helper()
	_, key, _ := strings.Cut(c.standard["SHIPBELL_SEAL_KEY"], ":")
	secrets := []string{"redis-secret", "role-key-", "role-token-", key}
	if c.Server != nil {
		_, secret, _ := strings.Cut(c.Key(), ":")
		secrets = append(secrets, secret)
	}
	for _, secret := range secrets {
		if strings.Contains(f.Log.String(), secret) {
			c.t.Errorf("%s: the log holds the secret %s", f.Name, secret)
		}
	}
}

// deliver runs the function deliver on what it is invoked with, until the test ends.
func (c *cloud) deliver() { fleet.Background(c.t, c.invoker.work) }

// sweep calls the function sweep every so often until the test ends. Most calls find
// nothing to do.
func (c *cloud) sweep(every time.Duration) {
	fleet.Tick(c.t, every, func() {
		event := map[string]any{"Type": "Timer", "TriggerName": "sweep", "Time": time.Now().UTC().Format(time.RFC3339), "Message": ""}
		if _, err := c.functions["sweep"].Invoke(event); err != nil {
			c.t.Errorf("sweep: %v", err)
		}
	})
}
