package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/test/sink"
)

const (
	oneSecret     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	anotherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// targetWith is a target with a signing secret and headers, given as names and
// values.
func targetWith(url, secret string, headers ...string) object {
	list := []object{}
	for i := 0; i < len(headers); i += 2 {
		list = append(list, object{"key": headers[i], "values": strings.Split(headers[i+1], ",")})
	}
	return object{"url": url, "secret": secret, "headers": list}
}

// TestMasks changes a trigger that has secrets, sending masks for them, and sees
// at the target itself which ones it is left with.
func TestMasks(t *testing.T) {
	t.Parallel()
	const mask = shipbell.Mask
	// The two targets share an origin, {here}; {there} is another one.
	stored := []object{
		targetWith("{here}/a?q=1", oneSecret, "Authentication", "first", "X-Two", "one,two"),
		targetWith("{here}/b", "", "Authentication", "second"),
	}
	type got struct {
		headers, two []string
		secret       string
	}
	first, second := got{[]string{"first"}, []string{"one", "two"}, oneSecret}, got{headers: []string{"second"}}
	for name, test := range map[string]struct {
		targets []object
		// want is what the targets get, by path; refused are the fields of a 422.
		want    map[string]got
		refused []string
	}{
		"as it was read": {
			[]object{targetWith("{here}/a?q=1", mask, "Authentication", mask, "X-Two", mask+","+mask), targetWith("{here}/b", "", "Authentication", mask)},
			map[string]got{"/a?q=1": first, "/b": second}, nil,
		},
		"in another order": {
			[]object{targetWith("{here}/b", "", "Authentication", mask), targetWith("{here}/a?q=1", mask, "Authentication", mask, "X-Two", mask+","+mask)},
			map[string]got{"/a?q=1": first, "/b": second}, nil,
		},
		"another path and query": {
			[]object{targetWith("{here}/c?q=2", mask, "Authentication", mask, "X-Two", mask+","+mask), targetWith("{here}/b", "", "Authentication", mask)},
			map[string]got{"/c?q=2": first, "/b": second}, nil,
		},
		"another path of the second": {
			[]object{targetWith("{here}/a?q=1", mask, "Authentication", mask), targetWith("{here}/c", "", "Authentication", mask)},
			map[string]got{"/a?q=1": {first.headers, nil, oneSecret}, "/c": second}, nil,
		},
		"one target less": {
			[]object{targetWith("{here}/b", "", "Authentication", mask)},
			map[string]got{"/b": second}, nil,
		},
		"another case": {
			[]object{targetWith("{here}/a?q=1", mask), targetWith("{HERE}/b", "", "AUTHENTICATION", mask)},
			map[string]got{"/a?q=1": {secret: oneSecret}, "/b": second}, nil,
		},
		"some new values": {
			[]object{targetWith("{here}/a?q=1", anotherSecret, "Authentication", mask, "X-Two", mask+",new")},
			map[string]got{"/a?q=1": {[]string{"first"}, []string{"one", "new"}, anotherSecret}}, nil,
		},
		"nothing left": {
			[]object{targetWith("{here}/a?q=1", "")},
			map[string]got{"/a?q=1": {}}, nil,
		},
		"another origin with new values": {
			[]object{targetWith("{there}/a", anotherSecret, "Authentication", "new")},
			map[string]got{"/a": {[]string{"new"}, nil, anotherSecret}}, nil,
		},
		"another port": {
			[]object{targetWith("{there}/a?q=1", mask, "Authentication", mask, "X-Two", "new,"+mask), targetWith("{here}/b", "", "Authentication", mask)},
			nil, []string{"targets[0].secret", "targets[0].headers[0].values[0]", "targets[0].headers[1].values[1]"},
		},
		"another scheme": {
			[]object{targetWith("{tls}/a?q=1", mask, "Authentication", mask)},
			nil, []string{"targets[0].secret", "targets[0].headers[0].values[0]"},
		},
		"another host": {
			[]object{targetWith("{name}/a?q=1", "", "Authentication", mask), targetWith("{name}.example.com/b", mask)},
			nil, []string{"targets[0].headers[0].values[0]", "targets[1].secret"},
		},
		"another header": {
			[]object{targetWith("{here}/a?q=1", mask, "X-Other", mask)},
			nil, []string{"targets[0].headers[0].values[0]"},
		},
		"more values than there were": {
			[]object{targetWith("{here}/a?q=1", mask, "Authentication", mask+","+mask)},
			nil, []string{"targets[0].headers[0].values[1]"},
		},
	} {
		for _, method := range []string{"PUT", "PATCH"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				here, there := sink.Start(t), sink.Start(t)
				_, port, _ := strings.Cut(strings.TrimPrefix(here.URL(), "http://"), ":")
				place := strings.NewReplacer("{here}", here.URL(), "{there}", there.URL(), "{HERE}", strings.ToUpper(here.URL()),
					"{tls}", "https://127.0.0.1:"+port, "{name}", "http://localhost:"+port)
				settings := func(targets []object) string {
					return place.Replace(string(encode(t, object{"name": "masked", "actions": []string{"pushImage"}, "targets": targets})))
				}
				s := newStack(t)
				s.do("POST", "/v1/triggers/default", settings(stored)).want(http.StatusCreated)
				a := s.do(method, "/v1/triggers/default/1", settings(test.targets))
				want := test.want
				if test.refused != nil {
					a.wantFields(test.refused...)
					want = map[string]got{"/a?q=1": first, "/b": second}
				} else {
					a.want(http.StatusOK)
				}
				s.work()
				for _, id := range s.push("default", "public/nginx", "v1") {
					s.await("default", id, shipbell.Succeeded)
				}
				found := map[string]got{}
				for _, r := range append(here.Requests(), there.Requests()...) {
					found[r.URI] = got{r.Header["Authentication"], r.Header["X-Two"], signer(t, r)}
				}
				if diff := cmp.Diff(want, found, cmp.AllowUnexported(got{})); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// signer tells with which secret a request is signed, first of all.
func signer(t *testing.T, r *sink.Received) string {
	t.Helper()
	if r.Header.Get("webhook-signature") == "" {
		return ""
	}
	header := r.Header.Clone()
	header.Set("webhook-signature", strings.Fields(r.Header.Get("webhook-signature"))[0])
	for _, secret := range []string{oneSecret, anotherSecret} {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if verifier.Verify(r.Body, header) == nil {
			return secret
		}
	}
	return "an unknown secret"
}

// TestMasksShown proves that nobody sees secrets, and viewers no queries of URLs.
func TestMasksShown(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	const at = "/v1/triggers/default"
	target := targetWith("https://qyapi.example.com/cgi-bin/webhook/send?key=secret-1&debug=0", oneSecret, "Authentication", "secret-2,secret-3")
	created := s.do("POST", at, object{"name": "masked", "actions": []string{"pushImage"}, "targets": []object{target}}).want(http.StatusCreated)
	id := s.push("default", "public/nginx", "v1")[0]

	admin := targetWith("https://qyapi.example.com/cgi-bin/webhook/send?key=secret-1&debug=0", "••••", "Authentication", "••••,••••")
	viewer := targetWith("https://qyapi.example.com/cgi-bin/webhook/send?key=••••&debug=••••", "••••", "Authentication", "••••,••••")
	shown := func(a answer) []any { return decode[object](a)["targets"].([]any) }
	want := func(target object) []any {
		target["id"], target["format"], target["template"], target["path_secret"] = 1, "tcr", "", false
		return decode[[]any](answer{t: t, body: encode(t, []object{target})})
	}
	v := s.as(s.key(shipbell.RoleViewer))
	for _, test := range []struct {
		who       string
		got, want []any
	}{
		{"admin, at creation", shown(created), want(admin)},
		{"admin", shown(s.do("GET", at+"/1", nil)), want(admin)},
		{"admin, after a change", shown(s.do("PATCH", at+"/1", object{"description": "x"})), want(admin)},
		{"viewer", shown(v.do("GET", at+"/1", nil)), want(viewer)},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s sees (-want +got):\n%s", test.who, diff)
		}
	}
	for who, c := range map[string]struct {
		client
		want string
	}{"admin": {s.client, admin["url"].(string)}, "viewer": {v, viewer["url"].(string)}} {
		got := []string{
			decode[apiv1.Delivery](c.do("GET", deliveriesAt+"/"+string(id), nil).want(http.StatusOK)).TargetURL,
			decode[apiv1.Deliveries](c.do("GET", deliveriesAt, nil).want(http.StatusOK)).Deliveries[0].TargetURL,
			decode[apiv1.Triggers](c.do("GET", at, nil).want(http.StatusOK)).Triggers[0].Targets[0].URL,
		}
		if diff := cmp.Diff([]string{c.want, c.want, c.want}, got); diff != "" {
			t.Errorf("%s sees URLs (-want +got):\n%s", who, diff)
		}
	}
}
