package tcrapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/access"
	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/app"
	"github.com/shipbell/shipbell/shared/platform/local"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/store"
	"github.com/shipbell/shipbell/shared/text"
)

// service is the function over a local store with the registries default and other,
// behind a real server.
type service struct {
	t     testing.TB
	store *store.Store
	http  *httptest.Server
	log   *lines
	admin shipbell.AccessKey
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// String is all that was logged.
func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newService starts the function, with what change does to it.
func newService(t testing.TB, change ...func(*tcrapi.Deps)) *service {
	t.Helper()
	files, err := local.Open(t.TempDir(), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	sealer, err := access.NewSealer(make([]byte, access.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, log: &lines{}, store: store.New(store.Options{KV: files, Sealer: sealer, Now: time.Now, Retention: 720 * time.Hour})}
	s.http = httptest.NewServer(s.function(change...))
	t.Cleanup(s.http.Close)
	for _, id := range []string{"default", "other"} {
		if _, _, err := s.store.PutRegistry(t.Context(), shipbell.Registry{ID: id, Host: "reg.example.com"}); err != nil {
			t.Fatal(err)
		}
	}
	s.admin = s.key(shipbell.RoleAdmin)
	return s
}

// function is the function over the store, with what change does to it.
func (s *service) function(change ...func(*tcrapi.Deps)) http.Handler {
	var requests atomic.Int64
	deps := tcrapi.Deps{
		Router: &api.Router{Keys: s.store, Logger: slog.New(slog.NewJSONHandler(s.log, nil)), Now: time.Now},
		App:    &app.App{Store: s.store, Now: time.Now}, Now: time.Now, NewRequestID: func() string { return fmt.Sprint("request-", requests.Add(1)) },
	}
	for _, one := range change {
		one(&deps)
	}
	return tcrapi.New(deps)
}

// oneKey is the access keys where there is one.
type oneKey struct{ key shipbell.AccessKey }

// AccessKey implements access.Keys.
func (k oneKey) AccessKey(_ context.Context, id string) (shipbell.AccessKey, error) {
	if id != k.key.ID {
		return shipbell.AccessKey{}, shipbell.NewError(shipbell.NotFound, text.KeyUnknown, id)
	}
	return k.key, nil
}

func (s *service) key(role shipbell.Role, registries ...string) shipbell.AccessKey {
	s.t.Helper()
	key, err := s.store.CreateAccessKey(s.t.Context(), access.NewKey(role, registries, ""))
	if err != nil {
		s.t.Fatal(err)
	}
	return key
}

// as is an SDK client with a key; change, if not nil, changes its profile.
func (s *service) as(key shipbell.AccessKey, change func(*profile.ClientProfile)) *common.Client {
	s.t.Helper()
	secret, err := key.Secret.Reveal()
	if err != nil {
		s.t.Fatal(err)
	}
	p := profile.NewClientProfile()
	p.Language = "en-US"
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = "HTTP", strings.TrimPrefix(s.http.URL, "http://")
	if change != nil {
		change(p)
	}
	return common.NewCommonClient(common.NewCredential(key.ID, secret), "ap-guangzhou", p)
}

// answer is what a call answers, in the shape that a client expects.
type answer struct {
	TotalCount *int
	Trigger    *shown
	Triggers   []shown
	Logs       []map[string]any
	Tags       []map[string]string
	RequestID  string `json:"RequestId"`

	NamespaceList []struct {
		Name        string
		NamespaceID int64 `json:"NamespaceId"`
	}
	Registries []struct {
		RegistryID   string `json:"RegistryId"`
		PublicDomain string
	}
	code    string // of an error
	message string
}

type shown struct {
	ID            int64 `json:"Id"`
	Name          string
	Description   string
	Targets       []target
	EventTypes    []string
	Condition     string
	Enabled       bool
	NamespaceID   int64 `json:"NamespaceId"`
	NamespaceName string
}

type target struct {
	Address string
	Headers []header
}

type header struct {
	Key    string
	Values []string
}

// call makes a call with a body that need not be JSON.
func (s *service) call(key shipbell.AccessKey, action, body string) answer {
	s.t.Helper()
	service, version := "tcr", "2019-09-24"
	if strings.Contains(action, "ResourceTags") {
		service, version = "tag", "2018-08-13"
	}
	return s.callAs(key, service, version, action, body)
}

func (s *service) callAs(key shipbell.AccessKey, service, version, action, body string) answer {
	s.t.Helper()
	request, response := tchttp.NewCommonRequest(service, version, action), tchttp.NewCommonResponse()
	request.SetOctetStreamParameters(nil, []byte(body))
	return s.read(response, s.as(key, nil).Send(request, response))
}

// read reads what a client got.
func (s *service) read(response *tchttp.CommonResponse, err error) answer {
	s.t.Helper()
	var failed *sdkerrors.TencentCloudSDKError
	switch {
	case errors.As(err, &failed):
		if failed.RequestId == "" || failed.Message == "" {
			s.t.Errorf("the error %v has no RequestId or no message", failed)
		}
		return answer{code: failed.Code, message: failed.Message, RequestID: failed.RequestId}
	case err != nil:
		s.t.Fatal(err)
	}
	var said struct{ Response answer }
	if err := json.Unmarshal(response.GetBody(), &said); err != nil {
		s.t.Fatal(err)
	}
	if said.Response.RequestID == "" {
		s.t.Errorf("no RequestId in %s", response.GetBody())
	}
	return said.Response
}

// done is call for the admin, which must not fail.
func (s *service) done(action, body string) answer {
	s.t.Helper()
	a := s.call(s.admin, action, body)
	if a.code != "" {
		s.t.Fatalf("%s %s: %s: %s", action, body, a.code, a.message)
	}
	return a
}

// creating is the parameters of CreateWebhookTrigger; more replaces some.
func creating(name string, more map[string]any) string {
	t := map[string]any{
		"Name": name, "EventTypes": []string{"pushImage"}, "Condition": "nginx*", "Enabled": true,
		"Targets": []any{map[string]any{"Address": "https://ci.example.com/hook", "Headers": []any{map[string]any{"Key": "X-Token", "Values": []string{"header-secret"}}}}},
	}
	for field, value := range more {
		if t[field] = value; value == nil {
			delete(t, field)
		}
	}
	text, _ := json.Marshal(map[string]any{"RegistryId": "default", "Namespace": "public", "Trigger": t})
	return string(text)
}
