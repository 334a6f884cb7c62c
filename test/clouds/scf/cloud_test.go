package scf_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/platform/tencent"
	"github.com/shipbell/shipbell/shared/setup"
	"github.com/shipbell/shipbell/test/clouds"
	"github.com/shipbell/shipbell/test/deploy"
	"github.com/shipbell/shipbell/test/redis"
	"github.com/shipbell/shipbell/test/sink"
	"github.com/shipbell/shipbell/test/tencentapi"
)

const (
	region      = "ap-guangzhou"
	deliverName = "shipbell-deliver"
)

// cloud is what serverless.yml deploys, with the registry default in it.
type cloud struct {
	*clouds.Stack
	t        testing.TB
	deployed map[string]deploy.Deployed
	front    *front
	redis    *redis.Server
	api      *tencentapi.API
	invoker  *invoker

	mu   sync.Mutex
	role tencentapi.Credentials // of the functions' role, as they are now
	// standard are the variables that come from whoever deploys, and those that
	// differ from serverless.yml, as they should be; values are these as they are.
	standard, values map[string]string
}

// options is how a stack differs from the one that is deployed.
type options struct {
	// retries is how often an asynchronous event that failed comes again.
	retries int
	// gateway has requests come by an API gateway.
	gateway   bool
	variables map[string]string // beside those of serverless.yml
}

// newCloud starts a stack. Nothing that is invoked asynchronously runs, and no timer,
// until the test says so.
func newCloud(t testing.TB, o options) *cloud {
	t.Helper()
	c := startCloud(t, o)
	c.Connect(c.front)
	return c
}

// startCloud is newCloud without the registry and without a way to speak to it.
func startCloud(t testing.TB, o options) *cloud {
	t.Helper()
	c := &cloud{Stack: clouds.NewStack(t), t: t, deployed: readServerless(t), redis: redis.Start(t, "--requirepass", "redis-secret")}
	c.role = tencentapi.Credentials{ID: "role-id-1", Key: "role-key-1", Token: "role-token-1"}
	c.api = tencentapi.Start(t, c.role, func(call tencentapi.Call) error { return c.invoker.take(call) })
	c.standard = map[string]string{
		"SHIPBELL_REDIS_URL": c.redis.Proxy().URL(), "SHIPBELL_REDIS_PASSWORD": "redis-secret",
		"SHIPBELL_SEAL_KEY":     "env:" + access.NewSealKey(),
		"SHIPBELL_SCF_ENDPOINT": c.api.URL, "SHIPBELL_ALLOW_TARGETS": sink.Network(),
	}
	c.AdminSecret = "the-admin-secret"
	c.standard["SHIPBELL_ADMIN_SECRET"] = c.AdminSecret
	c.values = maps.Clone(c.standard)
	maps.Copy(c.values, o.variables)
	_, sealKey, _ := strings.Cut(c.standard["SHIPBELL_SEAL_KEY"], ":")
	c.Secrets = []string{"redis-secret", c.AdminSecret, "role-key-", "role-token-", sealKey}
	for name, one := range c.deployed {
		c.Add(newFunction(about{name: name, timeout: one.Timeout, environment: func() string { return c.environment(setup.Function(name)) }}))
	}
	c.front = &front{routes: c.routes(), gateway: o.gateway}
	c.invoker = newInvoker(c.Functions["deliver"], o.retries)
	c.Work, c.Timer = c.invoker.work, map[string]any{"Type": "Timer", "TriggerName": "sweep", "Time": "2026-11-30T12:00:00Z", "Message": ""}
	return c
}

// environment is the variables that SCF gives a function at an invocation: those of
// serverless.yml, what differs from it and is read by the function, and the
// credentials of its role as they are then.
func (c *cloud) environment(f setup.Function) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{
		"TENCENTCLOUD_RUNENV": "SCF", "TENCENTCLOUD_REGION": region, "SCF_RUNTIME": "Go1", "TENCENTCLOUD_SECRETID": c.role.ID,
		"TENCENTCLOUD_SECRETKEY": c.role.Key, "TENCENTCLOUD_SESSIONTOKEN": c.role.Token,
	}
	var names []string
	for _, one := range new(setup.Settings).For(f) {
		names = append(names, one.Variable())
	}
	for _, one := range tencent.Variables(f.Needs()) {
		names = append(names, one.Name)
	}
	for _, name := range names {
		text, deployed := c.deployed[string(f)].Environment[name]
		value, differs := c.values[name]
		switch {
		case differs && (deployed || !asksDeployer(name)):
			all[name] = value
		case deployed:
			all[name] = text
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		c.t.Errorf("encode the environment: %v", err)
	}
	return string(text)
}

// asksDeployer says which variables a function has only if serverless.yml asks
// whoever deploys for them.
func asksDeployer(name string) bool {
	return slices.Contains([]string{"SHIPBELL_REDIS_URL", "SHIPBELL_REDIS_PASSWORD", "SHIPBELL_SEAL_KEY", "SHIPBELL_ADMIN_SECRET"}, name)
}

// repair sets a variable as it should be.
func (c *cloud) repair(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.values, name)
	if value, ok := c.standard[name]; ok {
		c.values[name] = value
	}
}

// rotate gives the functions' role new credentials. Those before are void.
func (c *cloud) rotate(to tencentapi.Credentials) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.role = to
	c.api.Accept(to)
}

// routes are the paths of the custom domain.
func (c *cloud) routes() (all []route) {
	for name, about := range c.deployed {
		for _, path := range about.Paths {
			all = append(all, route{path, c.Functions[name]})
		}
	}
	return all
}

// readServerless reads what is deployed, by the folders of the functions.
func readServerless(t testing.TB) map[string]deploy.Deployed {
	t.Helper()
	files := map[string]string{}
	for _, name := range deploy.ServerlessFiles() {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	parsed, err := deploy.ParseServerless(files)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]deploy.Deployed{}
	for _, one := range parsed.Deployed() {
		all[one.Folder] = one
	}
	return all
}
