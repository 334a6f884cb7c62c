package tcrapi_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/shipbell/shipbell/functions/tcrapi"
	"github.com/shipbell/shipbell/shared/shipbell"
)

var update = flag.Bool("update", false, "write testdata anew")

// signedForms are the requests of every SDK, by the name of their file in testdata/signed
// and by what they are.
func signedForms() map[string]*txtar.Archive {
	all := map[string]*txtar.Archive{}
	for _, k := range sdks() {
		archive := &txtar.Archive{Comment: []byte("Requests as the SDK " + k.name + " " + k.version + " writes and signs them.\n")}
		for _, endpoint := range []string{"127.0.0.1:8080", "localhost:8080", "shipbell.example.com", "shipbell.example.com/tcr", "localhost:8080/tcr"} {
			for _, algorithm := range []string{"TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"} {
				for _, method := range []string{"POST", "GET"} {
					name := strings.ToLower(k.name + "-" + strings.NewReplacer(":", ".", "/", "_").Replace(endpoint) + "-" + algorithm)
					archive.Files = append(archive.Files, txtar.File{
						Name: method + " " + algorithm + " " + endpoint, Data: []byte(k.signed(method, algorithm, endpoint, name) + "\n"),
					})
				}
			}
		}
		all[filepath.Join("testdata", "signed", k.name+".txtar")] = archive
	}
	return all
}

// TestSignedForms takes the requests of every SDK, as they are in testdata, and refuses
// each of them with one byte of its body, query, host, path, time or date changed. It
// stands behind what leads requests by their paths, as a gateway does.
func TestSignedForms(t *testing.T) {
	t.Parallel()
	for file, made := range signedForms() {
		if *update {
			if err := os.WriteFile(file, txtar.Format(made), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(txtar.Format(made)), string(text)); diff != "" {
			t.Errorf("%s is not what the SDK sends (-SDK +file):\n%s", file, diff)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			front := signedFront(t)
			for _, form := range txtar.Parse(text).Files {
				sent := strings.TrimSuffix(string(form.Data), "\n")
				if got := ask(t, front, sent); !strings.HasPrefix(got, `200 {"Response":{"T`) {
					t.Errorf("%s: %s", form.Name, got)
				}
				for what, other := range changed(sent) {
					if got := ask(t, front, other); !strings.Contains(got, `"Code":"AuthFailure.`) && !strings.HasPrefix(got, "404 ") {
						t.Errorf("%s with another %s: %s\n%s", form.Name, what, got, other)
					}
				}
			}
		})
	}
}

// signedFront leads requests to the function, at the time and with the key that they are
// signed with.
func signedFront(t *testing.T) http.Handler {
	t.Helper()
	s := newService(t)
	key := shipbell.AccessKey{ID: sdkID, Secret: shipbell.NewSecret(sdkSecret), Role: shipbell.RoleAdmin}
	function := s.function(func(d *tcrapi.Deps) {
		d.Router.Keys, d.Now = oneKey{key}, func() time.Time { return sdkTime().Add(time.Minute) }
	})
	mux := http.NewServeMux()
	for _, path := range []string{"/{$}", "/tcr", "/tcr/{$}"} {
		mux.Handle(path, function)
	}
	return mux
}

// changed are the request with one byte changed, in every part of it that is signed.
func changed(sent string) map[string]string {
	all := map[string]string{}
	flip := func(what string, at int) {
		all[fmt.Sprint(what, " at ", at)] = sent[:at] + string(sent[at]^1) + sent[at+1:]
	}
	body := strings.Index(sent, "\r\n\r\n") + 4
	for at := body; at < len(sent); at += 3 {
		flip("body", at)
	}
	begin, end := strings.Index(sent, " ")+1, strings.Index(sent, " HTTP/")
	if query := strings.Index(sent[:end], "?"); query > 0 {
		for at := query + 1; at < end; at += 3 {
			flip("query", at)
		}
		end = query
	}
	for at := begin + 1; at < end; at++ {
		flip("path", at)
	}
	all["path"] = sent[:begin] + "/x" + sent[begin+1:]
	flip("host", strings.Index(sent, "Host: ")+6)
	for _, name := range []string{"X-TC-Timestamp: 179539", "Timestamp=179539", "Credential=" + sdkID + "/2026-11-2"} {
		if at := strings.Index(sent, name); at > 0 {
			flip("date", at+len(name))
		}
	}
	return all
}

// ask sends a request as it stands, and gives the status and the answer.
func ask(t *testing.T, h http.Handler, text string) string {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return "404 a server refuses it: " + err.Error()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(t.Context()))
	return fmt.Sprint(w.Code, " ", w.Body)
}
