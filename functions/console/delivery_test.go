package console_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
	"github.com/shipbell/shipbell/test/storetest"
)

const hostile = "<script>alert(1)</script>\x00\x1b[31m\u202e\"'&"

// TestDelivery shows a delivery from its first moment to its end.
func TestDelivery(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.create("first", func(one *shipbell.Trigger) {
		one.Targets[0].Headers = []shipbell.Header{{Key: "X-Token", Values: []shipbell.Secret{shipbell.NewSecret("t0ken"), shipbell.NewSecret("other")}}}
		one.Targets[0].Secret = shipbell.NewSecret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
		one.Targets[0].URL += "?token=hush"
		one.Targets[0].Query = []shipbell.Field{{Name: "image", Value: "{{.Repository}}"}}
	})
	s.signIn(shipbell.RoleAdmin)
	d := s.deliver("e1", "public/nginx", "v1", "v2")[0]
	s.get(at(d)).shows(http.StatusOK, string(d.ID), "Pending", "None yet", "due now", "Send now", `hx-trigger="every 2s"`,
		"X-Token: ••••\nX-Token: ••••", "Webhook-Signature: ••••", "?token=••••&amp;image=public%2Fnginx", "Webhook-Id: "+string(d.ID), "X-Shipbell-Attempt: 1", "Content-Type: application/json",
		`/console/r/default/why?action=pushImage&amp;repository=public%2Fnginx&amp;tag=v1"`, "&#34;repo_full_name&#34;:&#34;public/nginx&#34;",
		"&#34;repo_full_name&#34;: &#34;public/nginx&#34;", `href="/console/r/default/triggers/1"`).hides("t0ken", "AAECAw")

	s.clock.now = s.clock.now.Add(time.Second)
	started := s.clock.now.UTC()
	s.happens(&d, shipbell.Outcome{Duration: 1234 * time.Millisecond, StatusCode: 503, Error: text.New(text.StatusNotSuccess, 503), Response: "try " + hostile, RetryAfter: 90 * time.Second})
	s.get(at(d)).shows(http.StatusOK, "Attempt 1", "1234 ms", "<dd>503</dd>", "status 503", "in ", "try &lt;script&gt;alert(1)&lt;/script&gt;", `\x00\x1b[31m\u202e`,
		started.Format("2006-01-02 15:04:05 UTC")).hides("<script>alert", "\x00", "\u202e", "Under way")
	d.Claim(s.clock.now, s.clock.now.Add(time.Minute), shipbell.Schedule{5 * time.Second, 30 * time.Second})
	s.save(&d)
	s.get(at(d)).shows(http.StatusOK, "Attempt 2", "Under way", "Attempt 1", "X-Shipbell-Attempt: 2")
	s.post(at(d)+"/redeliver").shows(http.StatusConflict, "an attempt is under way")
	d.Record(s.clock.now, gone(), shipbell.Schedule{5 * time.Second, 30 * time.Second}, 0)
	s.save(&d)
	s.get(at(d)).shows(http.StatusOK, "Failed", "the target is gone", "Redeliver").hides("every 2s", "Under way", "Send now")
	s.get(strings.ToLower(at(d))).shows(http.StatusOK, string(d.ID))

	s.post(at(d)+"/redeliver").leads(http.StatusSeeOther, at(d)+"?done=redelivered")
	s.get(at(d)+"?done=redelivered").shows(http.StatusOK, "due again", "Pending")
	s.headers["HX-Request"] = "true"
	s.post(at(d)+"/redeliver").shows(http.StatusOK, `id="delivery-`+string(d.ID), "every 2s")
	delete(s.headers, "HX-Request")
	s.headers["Accept-Language"] = "zh"
	s.get(at(d)).shows(http.StatusOK, "任务", "等待", "第 1 次尝试", "即将执行")
	delete(s.headers, "Accept-Language")

	first.Enabled = false
	if _, err := s.store.ReplaceTrigger(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.post(at(d)+"/redeliver").shows(http.StatusConflict, "the trigger is disabled")
	if err := s.store.DeleteTrigger(t.Context(), "default", first.ID); err != nil {
		t.Fatal(err)
	}
	s.get(at(d)).shows(http.StatusOK, "(deleted)", "headers are not known").hides("X-Token")
}

// TestDeliveryProgress asks how a delivery stands, as a page that shows it does.
func TestDeliveryProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleViewer)
	d := s.deliver("e1", "public/nginx", "v1")[0]
	asks := func() string {
		_, after, _ := strings.Cut(s.get(at(d)).Body.String(), `hx-get="`+at(d)+`/progress?`)
		query, _, _ := strings.Cut(after, `"`)
		return at(d) + "/progress?" + query
	}
	before := asks()
	s.get(before).shows(http.StatusOK, `id="progress-`+string(d.ID), "Pending").hides("hx-swap-oob", "<html")
	s.happens(&d, shipbell.Outcome{StatusCode: 500, Error: text.New(text.StatusNotSuccess, 500)})
	s.get(before).shows(http.StatusOK, `id="progress-`, "Pending", `id="attempts-`+string(d.ID)+`" hx-swap-oob`, "Attempt 1", "every 2s", "in 4 s", `id="headers-`+string(d.ID)+`" hx-swap-oob`)
	before = asks()
	s.happens(&d, shipbell.Outcome{StatusCode: 200})
	s.get(before).shows(http.StatusOK, "Succeeded", "Attempt 2").hides("every 2s")
}

// TestHostileDelivery puts markup and control characters wherever a delivery has text
// from outside.
func TestHostileDelivery(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	one := s.create("first", nil)
	s.signIn(shipbell.RoleAdmin)
	e := shipbell.Event{
		ID: "e1", Source: "tcr", Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "repo" + hostile}, Operator: "who" + hostile,
		Resources: []shipbell.Resource{{Tag: "tag" + hostile, Digest: "digest" + hostile, URL: "javascript:alert(1)" + hostile}, {Digest: "other" + hostile}},
	}
	_, made, err := storetest.Accept(t.Context(), s.store, "default", &e, storetest.Matching(shipbell.Match{Trigger: &one, Resources: e.Resources}))
	if err != nil {
		t.Fatal(err)
	}
	d := made[0]
	s.happens(&d, shipbell.Outcome{StatusCode: 500, Error: text.Literal("error" + hostile), Response: "answer" + hostile})
	d.Cancel(s.clock.now, "reason"+hostile)
	s.save(&d)
	for _, path := range []string{logAt, logAt + "/live", at(d), at(d) + "/progress"} {
		s.get(path).shows(http.StatusOK, "&lt;script&gt;alert(1)&lt;/script&gt;").hides("<script>alert", "\x00", "\x1b", "\u202e", `href="javascript`)
	}
	text := s.get(logAt + "/export.json").shows(http.StatusOK)
	if kind := text.Header().Get("Content-Type"); kind != "application/json" || !strings.Contains(text.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("an export is %q", kind)
	}
}

// TestRedeliverMany asks how many, then sends exactly those again.
func TestRedeliverMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.create("second", func(one *shipbell.Trigger) { one.Rule.Repository = "nginx" })
	s.signIn(shipbell.RoleAdmin)
	fail := func(list []shipbell.Delivery) []shipbell.Delivery {
		for i := range list {
			s.happens(&list[i], gone())
		}
		return list
	}
	fail(s.deliver("e1", "public/nginx", "v1"))
	s.clock.now = s.clock.now.Add(time.Minute)
	fail(s.deliver("e2", "public/web", "v1"))
	for filter, want := range map[string]string{
		"": "3 deliveries would", "trigger=second": "1 delivery would", "trigger=1&status=failed": "2 deliveries would", "repository=public/web": "1 delivery would",
		"action=deleteImage": "0 deliveries would", "status=succeeded": "0 deliveries would",
	} {
		s.get(logAt+"/redeliver?"+filter).shows(http.StatusOK, want)
	}
	s.get(logAt+"/redeliver?action=deleteImage").hides("Redeliver 0", `class="main"`)
	s.get(logAt+"/redeliver?status=pending").shows(http.StatusUnprocessableEntity, "must be failed, cancelled or succeeded")
	s.get(logAt+"/redeliver?trigger=x").shows(http.StatusUnprocessableEntity, "there is no trigger of this name")
	asked := s.get(logAt+"/redeliver?trigger=first").shows(http.StatusOK, "2 deliveries would be sent again", "Redeliver 2", "the last 14 days", "first")

	// What fails after the question is not part of the answer.
	s.clock.now = s.clock.now.Add(time.Minute)
	late := fail(s.deliver("e3", "public/late", "v1"))[0]
	form := hidden(asked.Body.String())
	for _, end := range []string{"since", "until"} {
		if !slices.Contains(form, end) {
			t.Errorf("the form does not say %s: %q", end, form)
		}
	}
	s.post(logAt+"/redeliver", form...).shows(http.StatusOK, "2 deliveries are being sent again").hides("Redeliver 2")
	s.post(logAt+"/redeliver", form...).shows(http.StatusOK, "0 deliveries are being sent again")
	s.get(logAt+"?status=failed&trigger=first").shows(http.StatusOK, row(late))
	s.headers["Accept-Language"] = "zh"
	s.get(logAt+"/redeliver").shows(http.StatusOK, "将重新投递 2 个任务")
}

// hidden are the hidden fields of a page's last form.
func hidden(text string) (fields []string) {
	form := text[strings.LastIndex(text, "<form"):]
	for _, part := range strings.Split(form, `<input type="hidden" name="`)[1:] {
		name, rest, _ := strings.Cut(part, `" value="`)
		value, _, _ := strings.Cut(rest, `"`)
		fields = append(fields, name, strings.ReplaceAll(value, "&#43;", "+"))
	}
	return fields
}

// TestExport reads what was exported.
func TestExport(t *testing.T) {
	// The times of a delivery of which an attempt has failed are kept to the millisecond.
	millis := func(at time.Time) string { return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano) }
	t.Parallel()
	s := newSite(t)
	s.create("first", nil)
	s.signIn(shipbell.RoleViewer)
	d := s.deliver("=1+1", "public/nginx", "-v1", "v2")[0]
	s.happens(&d, shipbell.Outcome{StatusCode: 500, Error: text.Literal("@bad, \"quoted\"\nlines")})
	s.deliver("e2", "public/web", "v1")

	p := s.get(logAt + "/export.csv?repository=public/nginx").shows(http.StatusOK)
	rows, err := csv.NewReader(p.Body).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	want := map[string]string{
		"id": string(d.ID), "created_at": d.CreatedAt.Format(time.RFC3339Nano), "updated_at": millis(d.UpdatedAt), "action": "pushImage",
		"repository": "public/nginx", "tags": "'-v1 v2", "digests": " ", "trigger_id": "1", "trigger_name": "first", "target_url": "https://ci.example.com/hook",
		"status": "pending", "reason": "", "attempts": "1", "status_code": "500", "error": "'@bad, \"quoted\"\nlines",
		"next_attempt_at": millis(d.NextAttemptAt), "operator": "", "event_id": "'=1+1",
	}
	got["updated_at"], got["next_attempt_at"] = inUTC(t, got["updated_at"]), inUTC(t, got["next_attempt_at"])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the row (-want +got):\n%s", diff)
	}
	name := p.Header().Get("Content-Disposition")
	if !strings.HasPrefix(name, `attachment; filename="deliveries-default-20`) || !strings.HasSuffix(name, `Z.csv"`) {
		t.Errorf("the file is %s", name)
	}

	var exported struct {
		Deliveries []struct{ ID shipbell.DeliveryID }
		Complete   bool
		Note       string
	}
	decode := func(query string) {
		t.Helper()
		p := s.get(logAt + "/export.json" + query).shows(http.StatusOK)
		if err := json.Unmarshal(p.Body.Bytes(), &exported); err != nil {
			t.Fatalf("%v: %s", err, p.Body)
		}
	}
	if decode(""); len(exported.Deliveries) != 2 || !exported.Complete || !slices.ContainsFunc(exported.Deliveries, func(one struct{ ID shipbell.DeliveryID }) bool { return one.ID == d.ID }) {
		t.Errorf("exported are %+v", exported)
	}
	if decode("?status=failed"); len(exported.Deliveries) != 0 || !exported.Complete {
		t.Errorf("of nothing, exported are %+v", exported)
	}
	s.get(logAt+"/export.json?status=x").shows(http.StatusUnprocessableEntity, "must be pending")
}

func inUTC(t *testing.T, text string) string {
	t.Helper()
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Error(err)
	}
	return moment.UTC().Format(time.RFC3339Nano)
}

// TestExportLimits exports more than fits.
func TestExportLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	many := s.create("first", nil)
	many.Targets = nil
	for i := range 100 {
		many.Targets = append(many.Targets, shipbell.Target{URL: fmt.Sprint("https://ci.example.com/", i)})
	}
	s.signIn(shipbell.RoleViewer)
	for i := range 51 {
		e := shipbell.Event{ID: fmt.Sprint("e", i), Action: shipbell.PushImage, Repository: shipbell.Repository{FullName: "public/nginx"}}
		if _, _, err := storetest.Accept(t.Context(), s.store, "default", &e, storetest.Matching(shipbell.Match{Trigger: &many, Resources: e.Resources})); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSpace(s.get(logAt+"/export.csv").shows(http.StatusOK).Body.String()), "\n")
	if len(lines) != 1+5000+1 || !strings.HasPrefix(lines[5001], "There is more than one export holds") {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	text := s.get(logAt+"/export.json").shows(http.StatusOK, `"complete":false,"note":"There is more than one export holds`).Body
	if !json.Valid(text.Bytes()) || text.Len() > 5<<20 {
		t.Errorf("the export has %d bytes", text.Len())
	}
}
